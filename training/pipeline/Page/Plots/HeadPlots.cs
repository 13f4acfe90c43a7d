using MnistAdder.Training.Evaluation;

namespace MnistAdder.Training.Page.Plots;

/// <summary>Charts of one head: its classes and its calibration.</summary>
internal static class HeadPlots
{
    // Normal quantile of a two-sided interval of 95 %.
    private const double Quantile = 1.959964;

    // Precision stands left of its class and recall right of it, so that neither hides the other.
    private const double Aside = 0.14;

    /// <summary>Precision and recall of each class.</summary>
    public static Plot Classes(Head head)
    {
        ConfusionMatrix matrix = head.Details.Confusion;
        Series precision = Values("precision", matrix.Precision, Marker.Diamond, -Aside), recall = Values("recall", matrix.Recall, Marker.Circle, Aside);
        Axis axis = Axis.Accuracy("share", [.. precision.Points.Concat(recall.Points).Select(point => point.Y)]);
        return new Chart(
            $"classes-{head.Name}",
            $"Precision and recall of each {head.Name}",
            $"Precision: of the {head.Rows} answered with a class, the share that is right. Recall: of the {head.Rows} of a class, the share answered correctly. "
            + "The axis is logarithmic in what is missing from 100.",
            Axis.Whole(head.Name, 0, matrix.Classes - 1, matrix.Classes),
            axis,
            [precision, recall]).Draw();

        Series Values(string name, Func<int, double?> share, Marker marker, double aside) => new(
            name,
            head.Name,
            [
                .. Enumerable.Range(0, matrix.Classes).Where(one => share(one) is not null)
                    .Select(one => new Point(one + aside, share(one)!.Value, $"{head.Name} {one}: {NumberText.Percent(share(one))}")),
            ],
            IsJoined: false,
            marker);
    }

    /// <summary>Accuracy by the probability of the answer.</summary>
    public static Plot Reliability(Head head)
    {
        var answers = new Series(
            $"{head.Name}, with 95 % interval",
            head.Name,
            [.. head.Details.Calibration.Bins.Where(bin => bin.Rows > 0).Select(bin => new Point(
                bin.MeanConfidence,
                bin.Accuracy,
                $"probability {NumberText.Percent(bin.MeanConfidence)}: {NumberText.Percent(bin.Accuracy)} of {NumberText.Count(bin.Rows)} {head.Rows} right",
                WilsonInterval(bin.Accuracy, bin.Rows / (double)head.RowsOfImage)))]);
        var ideal = new Series("perfectly calibrated", "reference dashed", [new Point(0, 0, ""), new Point(1, 1, "")], Marker: Marker.None);
        return new Chart(
            $"reliability-{head.Name}",
            $"Reliability of the {head.Name}'s probabilities",
            $"Share of right answers by the probability that the answer was given, in {Calibration.BinCount} bins of equal width; "
            + "each point stands at its bin's mean probability. Above the dashed line the network is more often right than it says. "
            + (head.RowsOfImage == 1 ? "" : $"The intervals count the {head.RowsOfImage} rows of an image as one, since they share its digit scores. ")
            + $"Expected calibration error {NumberText.Percent(head.Details.Calibration.ExpectedError)}.",
            Axis.Linear("probability of the answer", 0, 1, "0.0"),
            Axis.Linear("share of right answers", 0, 1, "0.0"),
            [answers, ideal]).Draw();
    }

    // E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
    private static (double Low, double High) WilsonInterval(double share, double rows)
    {
        double squared = Quantile * Quantile / rows;
        double middle = (share + (squared / 2)) / (1 + squared);
        double half = Quantile / (1 + squared) * Math.Sqrt((share * (1 - share) / rows) + (squared / (4 * rows)));
        return (Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
