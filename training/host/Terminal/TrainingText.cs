using System.Globalization;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Export;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Results;

namespace MnistAdder.TrainingHost.Terminal;

/// <summary>A run's figures in words, the same for a terminal and for a log.</summary>
internal static class TrainingText
{
    public static string Run(RunSettings settings) => Invariant(
        $"training {settings.Dataset}, {settings.TrainingImages:N0} images, epochs {settings.HyperParameters.Epochs}, batch size {settings.HyperParameters.BatchSize}, learning rate {settings.HyperParameters.LearningRate}, momentum {settings.HyperParameters.Momentum}");

    public static string Epoch(EpochResult epoch, string judgedOn) => Invariant(
        $"epoch {epoch.Epoch,3}  train loss {epoch.Training.Loss:0.0000} = digit {epoch.Training.DigitLoss:0.0000} + sum {epoch.Training.SumLoss:0.0000}, digit {epoch.Training.DigitAccuracy:00.00%} sum {epoch.Training.SumAccuracy:00.00%}{Judged(epoch.Test, judgedOn)}  {epoch.Seconds:0.0} s  {epoch.ImagesPerSecond:0} images/s");

    public static string Progress(EpochProgress progress) => Invariant(
        $"loss digit {progress.Means.DigitLoss:0.000} + sum {progress.Means.SumLoss:0.000}  digit {progress.Means.DigitAccuracy:00.0%}  sum {progress.Means.SumAccuracy:00.0%}  {progress.ImagesPerSecond:0} images/s");

    public static IEnumerable<string> Result(RunSummary run, string folder)
    {
        yield return Export(run.ExportSeconds, run.Verification);
        yield return Accuracy(run.Metadata) + Invariant($"; {run.TrainingSeconds:0.0} s of training, {run.ImagesPerSecond:0} images/s");
        yield return $"wrote    {Path.Combine(folder, "model.onnx")} and, beside it, report.html, weights, metrics, history and pictures";
    }

    public static string Export(double seconds, ExportVerification verification) => Invariant(
        $"export   {seconds * 1000:0} ms; ONNX Runtime and TorchSharp agree on {verification.Pairs:N0} pairs, greatest difference of a probability {verification.GreatestDifference:0.0e+0}");

    public static string Accuracy(ModelMetadata metadata) => Invariant(
        $"result   digit {metadata.DigitAccuracy:0.00%}, sum {metadata.SumAccuracy:0.00%} of the {metadata.EvaluatedOn} images with all ten addends");

    private static string Judged(HeadScores? scores, string judgedOn) => scores is null
        ? ""
        : Invariant($"  {judgedOn} loss digit {scores.DigitLoss:0.0000} + sum {scores.SumLoss:0.0000}, digit {scores.DigitAccuracy:00.00%} sum {scores.SumAccuracy:00.00%}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
