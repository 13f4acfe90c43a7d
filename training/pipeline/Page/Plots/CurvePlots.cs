using MnistAdder.Training.Evaluation;

namespace MnistAdder.Training.Page.Plots;

/// <summary>Curves over the epochs of both heads, for training and for the images that the run was judged on.</summary>
internal static class CurvePlots
{
    private const int MostEpochTicks = 13;

    // More points than this run into each other.
    private const int MostMarkers = 100;

    /// <summary>Mean loss in nats, on a logarithmic axis.</summary>
    public static Plot Loss(IReadOnlyList<EpochResult> history, string judgedOn)
    {
        Series[] series = [.. Draw(history, judgedOn, scores => scores.DigitLoss, scores => scores.SumLoss, loss => NumberText.Number(loss, "0.0000"))];
        return new Chart(
            "loss",
            "Loss",
            "Mean loss of each head after each epoch, in nats, on a logarithmic axis. The total loss is the sum of both heads' losses.",
            Epochs(history),
            Axis.Logarithmic("loss (nats)", Values(series)),
            series).Draw();
    }

    /// <summary>Accuracy in per cent, on an axis that is logarithmic in what is missing from 100.</summary>
    public static Plot Accuracy(IReadOnlyList<EpochResult> history, string judgedOn)
    {
        Series[] series = [.. Draw(history, judgedOn, scores => scores.DigitAccuracy, scores => scores.SumAccuracy, NumberText.Percent)];
        return new Chart(
            "accuracy",
            "Accuracy",
            "Share of right answers of each head after each epoch, in per cent. The axis is logarithmic in what is missing from 100.",
            Epochs(history),
            Axis.Accuracy("accuracy", Values(series)),
            series).Draw();
    }

    private static IEnumerable<Series> Draw(IReadOnlyList<EpochResult> history, string judgedOn, Func<HeadScores, double> digit, Func<HeadScores, double> sum, Func<double, string> text)
    {
        Marker marker = history.Count <= MostMarkers ? Marker.Circle : Marker.None;
        bool hasTest = history.All(epoch => epoch.Test is not null);
        if (hasTest)
            yield return Curve($"digit, {judgedOn}", "digit", epoch => digit(epoch.Test!));
        yield return Curve("digit, training", "digit dashed", epoch => digit(epoch.Training));
        if (hasTest)
            yield return Curve($"sum, {judgedOn}", "sum", epoch => sum(epoch.Test!));
        yield return Curve("sum, training", "sum dashed", epoch => sum(epoch.Training));

        Series Curve(string name, string style, Func<EpochResult, double> value) => new(
            name, style, [.. history.Select(epoch => new Point(epoch.Epoch, value(epoch), $"epoch {epoch.Epoch}: {text(value(epoch))}"))], Marker: marker);
    }

    private static Axis Epochs(IReadOnlyList<EpochResult> history) => Axis.Whole("epoch", 1, history.Count, MostEpochTicks);

    private static double[] Values(IEnumerable<Series> series) => [.. series.SelectMany(one => one.Points).Select(point => point.Y)];
}
