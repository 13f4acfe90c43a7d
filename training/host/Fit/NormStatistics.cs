using MnistAdder.Training.Data;
using MnistAdder.Training.Network;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Fit;

/// <summary>Batch normalisation's statistics, taken from training images as they are, not as an augmentation changes them.</summary>
/// <remarks>
/// Statistics that are gathered in training are those of changed images, and of weights on their way. A network that is to read
/// images as they are does better with theirs: Y. Li, N. Wang, J. Shi, J. Liu and X. Hou, "Revisiting Batch Normalization For
/// Practical Domain Adaptation", arXiv:1603.04779.
/// </remarks>
internal sealed class NormStatistics : IDisposable
{
    // More images change the statistics of a channel by less than a hundredth of its deviation.
    private const int Images = 10_000;
    private const int BatchSize = 1000;

    private readonly Tensor _images;

    /// <param name="training">At least 2 images; the first 10,000 count.</param>
    /// <param name="device">Where the network is.</param>
    public NormStatistics(DigitSet training, Device device)
    {
        (_images, Tensor labels) = TorchDigits.ToDevice(training.Take(Images), device);
        labels.Dispose();
    }

    /// <summary>
    /// Replaces the running statistics of all of the network's normalisation layers by the means over the batches' statistics, each
    /// layer having those before it normalise by the batch. Nothing is drawn: each image has a number of its own.
    /// </summary>
    /// <param name="network">It is left in evaluation mode.</param>
    public void Measure(DigitSumNetwork network)
    {
        network.eval();
        (BatchNorm Layer, double? Momentum)[] layers = [.. network.modules().OfType<BatchNorm>().Select(layer => (layer, layer.momentum))];
        foreach ((BatchNorm layer, _) in layers)
            layer.train();

        // Images that are left over are too few for a batch.
        long length = Math.Min(BatchSize, _images.shape[0]), batches = _images.shape[0] / length;
        for (long batch = 0; batch < batches; batch++)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            foreach ((BatchNorm layer, _) in layers)
                layer.momentum = 1.0 / (batch + 1);
            Tensor images = TorchDigits.Normalize(_images.narrow(0, batch * length, length));
            Tensor numbers = arange(length, dtype: ScalarType.Int64, device: images.device).remainder(ModelContract.DigitClasses);
            network.call(images, TorchDigits.OneHot(numbers, ModelContract.DigitClasses));
        }

        foreach ((BatchNorm layer, double? momentum) in layers)
            layer.momentum = momentum;
        network.eval();
    }

    public void Dispose() => _images.Dispose();
}
