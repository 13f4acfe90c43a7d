namespace MnistAdder.Training.Evaluation;

/// <summary>What an epoch brought.</summary>
/// <param name="Epoch">1 and up.</param>
/// <param name="Training">As seen in training mode, over the epoch's own random addends.</param>
/// <param name="Test">Of the weights at the epoch's end on the test set over all ten addends; null without a test set.</param>
/// <param name="Seconds">Time of the gradient steps, without the test.</param>
/// <param name="ImagesPerSecond">Training images in that time.</param>
/// <param name="LearningRate">Step size of the epoch's last gradient step.</param>
public sealed record EpochResult(int Epoch, HeadScores Training, HeadScores? Test, double Seconds, double ImagesPerSecond, double LearningRate);
