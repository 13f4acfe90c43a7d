using MnistAdder.Training.Evaluation;

namespace MnistAdder.Training.Page.Plots;

/// <summary>How often the sum is right with each number to add.</summary>
internal static class AddendPlot
{
    public static Plot Draw(EvaluationDetails details)
    {
        double digit = details.Digit.Confusion.Accuracy, sum = details.Sum.Confusion.Accuracy;
        int last = details.SumAccuracyByAddend.Count - 1;
        Series[] series =
        [
            new(
                "sum, by addend",
                "sum",
                [.. details.SumAccuracyByAddend.Select((share, addend) => new Point(addend, share, $"addend {addend}: {NumberText.Percent(share)}"))],
                IsJoined: false),
            Level("sum, all addends", "sum dashed", sum),
            Level("digit", "digit dashed", digit),
        ];
        return new Chart(
            "addends",
            "Sum accuracy by addend",
            "Share of right sums with each number to add; dashed, the share with all ten and the share of right digits. "
            + "The axis is logarithmic in what is missing from 100.",
            Axis.Whole("addend", 0, last, details.SumAccuracyByAddend.Count),
            Axis.Accuracy("accuracy", [.. details.SumAccuracyByAddend, digit, sum]),
            series).Draw();

        Series Level(string name, string style, double value) => new(name, style, [new Point(-0.5, value, ""), new Point(last + 0.5, value, "")], Marker: Marker.None);
    }
}
