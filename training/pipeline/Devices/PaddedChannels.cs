using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Devices;

/// <summary>Whether libtorch's convolutions on the CPU are right where their channels fill no vector of the processor.</summary>
/// <remarks>
/// On virtual machines that hide their processor's caches the oneDNN 3.7.1 in libtorch 2.10 doesn't write the padding that it computes with:
/// gradients are off by a third, or no numbers. With the channels of a pixel side by side it pads nothing.
/// </remarks>
internal static class PaddedChannels
{
    private const int Channels = 10;
    private const double Tolerance = 0.01;

    private static readonly Lazy<bool> s_areRight = new(() => Enumerable.Range(0, 4).All(AreRightWith));

    /// <summary>Whether they are, found out by some gradients the first time that it is asked.</summary>
    public static bool AreRight => s_areRight.Value;

    private static bool AreRightWith(int trial)
    {
        using var scope = NewDisposeScope();
        using IDisposable gradients = enable_grad();
        Tensor images = Numbers(32, Channels, 12 + trial, 12), weights = Numbers(Channels, Channels, 3, 3);
        for (int i = 1; i <= 16; i++)
            full(images.numel() * i / 4, float.NaN).Dispose(); // what freed memory has in it
        Tensor single = Gradient(images, weights), twice = Gradient(images.to_type(ScalarType.Float64), weights.to_type(ScalarType.Float64));
        return ((single - twice).norm() / twice.norm()).ToDouble() < Tolerance; // false where it is no number
    }

    // Any numbers, that no generator is asked for.
    private static Tensor Numbers(params long[] shape) => arange(shape.Aggregate((product, size) => product * size)).to_type(ScalarType.Float32).sin().view(shape);

    // Of the images.
    private static Tensor Gradient(Tensor images, Tensor weights)
    {
        Tensor changed = images.detach().requires_grad_();
        nn.functional.conv2d(changed, weights).square().sum().backward();
        return changed.grad!.to_type(ScalarType.Float64);
    }
}
