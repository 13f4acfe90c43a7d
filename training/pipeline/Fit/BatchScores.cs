using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Evaluation;
using static TorchSharp.torch;

namespace MnistAdder.Training.Fit;

/// <summary>A network's outputs for a batch, and how good they are, without a gradient.</summary>
/// <param name="Batch">What it was asked; it isn't disposed with the rest.</param>
/// <param name="DigitLoss">Mean cross-entropy of the digit, in nats, float [].</param>
/// <param name="SumLoss">Mean cross-entropy of the sum, in nats, float [].</param>
/// <param name="DigitScores">Float [N, 10].</param>
/// <param name="SumScores">Float [N, 19].</param>
internal sealed record BatchScores(SumBatch Batch, Tensor DigitLoss, Tensor SumLoss, Tensor DigitScores, Tensor SumScores) : IDisposable
{
    private Tensor[] Tensors => [DigitLoss, SumLoss, DigitScores, SumScores];

    /// <summary>Takes the tensors out of their dispose scope.</summary>
    public BatchScores Detached()
    {
        foreach (Tensor tensor in Tensors)
            tensor.DetachFromDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in Tensors)
            tensor.Dispose();
    }
}

/// <summary>Sums losses and right answers on the device, without waiting for it at every step.</summary>
internal sealed class HeadTally : IDisposable
{
    private readonly Tensor _totals; // digit loss, sum loss, right digits, right sums

    public HeadTally(Device device) => _totals = zeros([4], ScalarType.Float64, device).DetachFromDisposeScope();

    /// <summary>Rows counted so far.</summary>
    public int Rows { get; private set; }

    /// <summary>Counts the outputs of a batch's parts, and disposes of them.</summary>
    public void Take(IReadOnlyList<BatchPart> parts)
    {
        foreach (BatchPart part in parts)
        {
            using BatchScores scores = part.Scores!;
            Add(scores);
        }
    }

    private void Add(BatchScores scores)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long rows = scores.Batch.Labels.shape[0];
        Tensor row = stack(
        [
            scores.DigitLoss.Times(rows),
            scores.SumLoss.Times(rows),
            scores.DigitScores.argmax(1).eq(scores.Batch.Labels).sum().to_type(ScalarType.Float32),
            scores.SumScores.argmax(1).eq(scores.Batch.Sums).sum().to_type(ScalarType.Float32),
        ]);
        _totals.add_(row);
        Rows += (int)rows;
    }

    public HeadScores Means()
    {
        using Tensor onCpu = _totals.cpu();
        double[] totals = onCpu.data<double>().ToArray();
        double rows = Math.Max(1, Rows);
        return new HeadScores(totals[0] / rows, totals[1] / rows, totals[2] / rows, totals[3] / rows);
    }

    public void Dispose() => _totals.Dispose();
}
