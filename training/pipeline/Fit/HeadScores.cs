using static TorchSharp.torch;

namespace MnistAdder.Training.Fit;

/// <summary>How well the two heads do on some rows.</summary>
/// <param name="DigitLoss">Mean negative log-likelihood of the digit, in nats.</param>
/// <param name="SumLoss">Mean cross-entropy of the sum, in nats.</param>
/// <param name="DigitAccuracy">Share of right digits, 0…1.</param>
/// <param name="SumAccuracy">Share of right sums, 0…1.</param>
public sealed record HeadScores(double DigitLoss, double SumLoss, double DigitAccuracy, double SumAccuracy)
{
    /// <summary>What training minimises: the sum of both losses, in nats.</summary>
    public double Loss => DigitLoss + SumLoss;
}

/// <summary>Sums losses and right answers on the device, without waiting for it at every step.</summary>
internal sealed class HeadTally : IDisposable
{
    private readonly Tensor _totals; // digit loss, sum loss, right digits, right sums

    public HeadTally(Device device) => _totals = zeros([4], ScalarType.Float64, device).DetachFromDisposeScope();

    /// <summary>Rows counted so far.</summary>
    public int Rows { get; private set; }

    public void Add(BatchScores scores)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long rows = scores.Batch.Labels.shape[0];
        Tensor row = stack(
        [
            scores.DigitLoss.mul(rows),
            scores.SumLoss.mul(rows),
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
