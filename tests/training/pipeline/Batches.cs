using MnistAdder.Training.Data;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Recipes;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests;

/// <summary>Batches for tests that take them one by one.</summary>
internal static class Batches
{
    /// <summary>An epoch's batches as the network takes them.</summary>
    public static IEnumerable<SumBatch> Epoch(this SumGenerator generator, int epoch, int batchSize, Augmentation? augmentation = null, int versions = 1)
    {
        using SumEpoch batches = generator.Begin(epoch, batchSize);
        for (int i = 0; i < batches.Count; i++)
        {
            SumBatch drawn = batches.Draw(i);
            Tensor levels = augmentation?.Variants(drawn.Images, versions) ?? drawn.Images;
            yield return drawn with { Images = TorchDigits.Normalize(levels) };
        }
    }

    /// <summary>Leaves a batch's gradient in the network.</summary>
    public static IReadOnlyList<BatchScores> Compute(this BatchParts network, SumBatch batch)
    {
        IReadOnlyList<BatchPart> parts = network.Split(batch);
        network.Learn(parts);
        return [.. parts.Select(part => part.Scores!)];
    }
}
