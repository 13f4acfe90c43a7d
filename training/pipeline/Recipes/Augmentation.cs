using MnistAdder.Training.Base;
using static TorchSharp.torch;

namespace MnistAdder.Training.Recipes;

/// <summary>Random changes of a training image that leave its digit what it is.</summary>
/// <remarks>
/// An affine map of each image (rotation, scale in both directions, shear, shift) and, after P. Simard, D. Steinkraus and
/// J. Platt, "Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis" (ICDAR 2003), a smooth elastic
/// distortion. All numbers are drawn on the images' device, from the generator that the epoch has seeded.
/// </remarks>
/// <param name="Rotation">Greatest rotation either way, in degrees.</param>
/// <param name="Scale">Greatest natural logarithm of the scale either way, in each direction.</param>
/// <param name="Shear">Greatest shear either way.</param>
/// <param name="Shift">Greatest shift either way, in pixels.</param>
/// <param name="Elastic">Standard deviation of the elastic displacement at its nodes, in pixels.</param>
public sealed record Augmentation(double Rotation, double Scale, double Shear, double Shift, double Elastic)
{
    private const int ElasticNodes = 6;
    private const double HalfSide = MnistGeometry.Side / 2.0;

    /// <summary>Changes every image of a batch in its own way.</summary>
    /// <param name="levels">Grey levels, float [N, 1, 28, 28].</param>
    /// <returns>Of the same shape, interpolated bilinearly; what comes from outside of the image is background, 0.</returns>
    public Tensor Apply(Tensor levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        using var scope = NewDisposeScope();
        long count = levels.shape[0];
        Tensor places = AffineMaps(count, levels.device).view(2 * count, 3).mm(PixelCentres(levels.device))
            .view(count, 2, MnistGeometry.Side, MnistGeometry.Side);
        if (Elastic > 0)
            places = places.add_(Displacements(count, levels.device));
        return nn.functional.grid_sample(
            levels, places.permute(0, 2, 3, 1), mode: GridSampleMode.Bilinear, padding_mode: GridSamplePaddingMode.Zeros, align_corners: false).MoveToOuterDisposeScope();
    }

    /// <summary>Changes every image of a batch several times.</summary>
    /// <param name="levels">Grey levels of any type, [N, 1, 28, 28].</param>
    /// <param name="count">How many times, at least 1.</param>
    /// <returns>Float [N, count, 28, 28].</returns>
    public Tensor Variants(Tensor levels, int count)
    {
        Tensor repeated = levels.to_type(ScalarType.Float32).repeat_interleave(count, 0);    // [N·count, 1, 28, 28]
        return Apply(repeated).view(levels.shape[0], count, MnistGeometry.Side, MnistGeometry.Side);
    }

    // From a place in the new image to its place in the old one, both −1…1: [N, 2, 3].
    private Tensor AffineMaps(long count, Device device)
    {
        Tensor draws = rand(6, count, device: device).Times(2).Minus(1);
        Tensor angle = draws[0].Times(Rotation * Math.PI / 180), shear = draws[3].Times(Shear);
        Tensor width = draws[1].Times(Scale).exp(), height = draws[2].Times(Scale).exp();
        Tensor right = draws[4].Times(Shift / HalfSide), down = draws[5].Times(Shift / HalfSide);
        Tensor cosine = angle.cos(), sine = angle.sin();
        return stack(
        [
            cosine.mul(width), cosine.mul(shear).sub(sine).mul(height), right,
            sine.mul(width), sine.mul(shear).add(cosine).mul(height), down,
        ], 1).view(count, 2, 3);
    }

    // Across, down and 1 of each pixel's centre, both −1…1: [3, 28·28]. One product with all maps is a fifth of affine_grid's many.
    private static Tensor PixelCentres(Device device)
    {
        Tensor along = arange(1 - MnistGeometry.Side, MnistGeometry.Side, 2, ScalarType.Float32, device).Over(MnistGeometry.Side);
        Tensor[] axes = meshgrid([along, along], indexing: "xy");
        return stack([axes[0].flatten(), axes[1].flatten(), ones(MnistGeometry.PixelCount, device: device)]);
    }

    // Random at a few nodes, bicubic between them: [N, 2, 28, 28].
    private Tensor Displacements(long count, Device device)
    {
        Tensor nodes = randn(count, 2, ElasticNodes, ElasticNodes, device: device).Times(Elastic / HalfSide);
        return nn.functional.interpolate(nodes, [MnistGeometry.Side, MnistGeometry.Side], mode: InterpolationMode.Bicubic, align_corners: true);
    }
}
