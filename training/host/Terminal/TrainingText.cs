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
    private const string Training = "train";

    public static string Run(RunSettings settings) => Invariant(
        $"training {settings.Dataset}, {settings.TrainingImages:N0} images, epochs {settings.HyperParameters.Epochs}, batch size {settings.HyperParameters.BatchSize}, learning rate {settings.HyperParameters.LearningRate}, momentum {settings.HyperParameters.Momentum}");

    /// <summary>A line for what the epoch brought in training, and one for the images that it is judged on, each within 80 columns.</summary>
    public static string Epoch(EpochResult epoch, string judgedOn)
    {
        // Another data set's test is named where the run ends, and is too long for here.
        string judged = judgedOn.Split(' ')[^1], number = Invariant($"epoch {epoch.Epoch,3} ");
        int width = Math.Max(judged.Length, Training.Length);
        string training = Invariant($"{number}{Training.PadRight(width)} {Scores(epoch.Training)} {epoch.Seconds:0.0} s");
        return epoch.Test is null ? training : $"{training}{Environment.NewLine}{new string(' ', number.Length)}{judged.PadRight(width)} {Scores(epoch.Test)}";
    }

    /// <summary>What is known of an epoch in hand, short enough for a bar behind it within 80 columns.</summary>
    public static string Progress(EpochProgress progress) => Invariant(
        $"loss {Loss(progress.Means.DigitLoss, 3)}+{Loss(progress.Means.SumLoss, 3)} digit {progress.Means.DigitAccuracy:00.0%} sum {progress.Means.SumAccuracy:00.0%}");

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

    private static string Scores(HeadScores scores) => Invariant(
        $"digit {scores.DigitAccuracy,7:00.00%} loss {Loss(scores.DigitLoss, 4)} sum {scores.SumAccuracy,7:00.00%} loss {Loss(scores.SumLoss, 4)}");

    // Of one width up to 999, above which nothing is learnt.
    private static string Loss(double loss, int digits) => loss switch
    {
        double.PositiveInfinity => "inf",
        >= 1000 => Invariant($"{loss:0.0e+0}"),
        >= 10 => loss.ToString($"F{digits - 2}", CultureInfo.InvariantCulture),
        _ => loss.ToString($"F{digits}", CultureInfo.InvariantCulture),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
