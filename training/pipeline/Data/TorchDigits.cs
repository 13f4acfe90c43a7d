using MnistAdder.Training.Base;
using static TorchSharp.torch;

namespace MnistAdder.Training.Data;

/// <summary>Digits as tensors, and the network's view of pixels and numbers.</summary>
internal static class TorchDigits
{
    /// <summary>Copies a set to a device.</summary>
    /// <returns>Images uint8 [N, 1, 28, 28] and labels int64 [N], owned by the caller.</returns>
    public static (Tensor Images, Tensor Labels) ToDevice(DigitSet digits, Device device)
    {
        using var scope = NewDisposeScope();
        Tensor images = empty([digits.Count, 1, MnistGeometry.Side, MnistGeometry.Side], ScalarType.Byte), labels = empty([digits.Count], ScalarType.Byte);
        digits.Images.AsSpan().CopyTo(images.bytes);
        digits.Labels.AsSpan().CopyTo(labels.bytes);
        return (images.to(device).DetachFromDisposeScope(), labels.to_type(ScalarType.Int64).to(device).DetachFromDisposeScope());
    }

    /// <summary>What the exported graph does with pixels, too: (level / 255 − mean) / deviation in float.</summary>
    /// <param name="levels">Grey levels 0…255 of any type.</param>
    public static Tensor Normalize(Tensor levels) =>
        levels.to_type(ScalarType.Float32).Over(255).Minus(ModelContract.PixelMean).Over(ModelContract.PixelStandardDeviation);

    /// <summary>int64 [N] → float [N, <paramref name="classes"/>].</summary>
    public static Tensor OneHot(Tensor values, int classes) => nn.functional.one_hot(values, classes).to_type(ScalarType.Float32);
}
