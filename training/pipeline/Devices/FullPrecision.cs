using static TorchSharp.torch.backends;

namespace MnistAdder.Training.Devices;

/// <summary>
/// As long as it lives, CUDA multiplies and convolves in 32 bits: by default its convolutions take TF32, whose 10 bits of mantissa
/// are good enough to train with and not to compare with.
/// </summary>
internal sealed class FullPrecision : IDisposable
{
    private readonly bool _convolutions = cudnn.allow_tf32;
    private readonly bool _products = cuda.matmul.allow_tf32;

    public FullPrecision()
    {
        cudnn.allow_tf32 = false;
        cuda.matmul.allow_tf32 = false;
    }

    public void Dispose()
    {
        cudnn.allow_tf32 = _convolutions;
        cuda.matmul.allow_tf32 = _products;
    }
}
