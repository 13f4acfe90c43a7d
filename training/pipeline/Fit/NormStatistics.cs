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
internal static class NormStatistics
{
    // 10,000 images tell the mean of a channel to a hundredth of its deviation.
    private const int BatchSize = 1000, Batches = 10;

    /// <summary>
    /// Replaces the running statistics of all of the network's normalisation layers by those of 10,000 training images, or of all
    /// where there are fewer: means over batches, which each layer normalises by themselves for the layers after it.
    /// </summary>
    /// <param name="network">It is left in evaluation mode.</param>
    /// <param name="training">Whose images they are: the first of the epoch's random order, since a set may be sorted by digit.</param>
    /// <param name="epoch">1 and up.</param>
    public static void Measure(DigitSumNetwork network, SumGenerator training, int epoch)
    {
        network.eval();
        (BatchNorm Layer, double? Momentum)[] layers = [.. network.modules().OfType<BatchNorm>().Select(layer => (layer, layer.momentum))];
        foreach ((BatchNorm layer, _) in layers)
            layer.train();
        try
        {
            using var noGradient = no_grad();
            using SumEpoch batches = training.Begin(epoch, BatchSize);
            double rows = 0;
            for (int i = 0; i < Math.Min(Batches, batches.Count); i++)
            {
                using var scope = NewDisposeScope();
                SumBatch batch = batches.Draw(i);
                rows += batch.Labels.shape[0];
                foreach ((BatchNorm layer, _) in layers)
                    layer.momentum = batch.Labels.shape[0] / rows;
                network.call(TorchDigits.Normalize(batch.Images), batch.OneHotNumbers());
            }
        }
        finally
        {
            foreach ((BatchNorm layer, double? momentum) in layers)
                layer.momentum = momentum;
            network.eval();
        }
    }
}
