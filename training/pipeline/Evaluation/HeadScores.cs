namespace MnistAdder.Training.Evaluation;

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
