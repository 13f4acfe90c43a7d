namespace MnistAdder.Training.Evaluation;

/// <summary>What an epoch brought.</summary>
/// <param name="Epoch">1 and up.</param>
/// <param name="Training">As seen in training mode, over the epoch's own random addends.</param>
/// <param name="Test">Of the weights at the epoch's end on the test set over all ten addends; null without a test set.</param>
/// <param name="Seconds">Time of the gradient steps, without the test.</param>
/// <param name="ImagesPerSecond">Training images in that time.</param>
/// <param name="LearningRate">Step size of the epoch's last gradient step.</param>
public sealed record EpochResult(int Epoch, HeadScores Training, HeadScores? Test, double Seconds, double ImagesPerSecond, double LearningRate);

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
