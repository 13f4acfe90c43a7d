using System.Globalization;
using MnistAdder.Scoring.Output;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Scoring.Rows;

/// <summary>Counts how many labelled rows have the right digit and sum.</summary>
internal sealed class LabelTally
{
    private readonly int[,] _counts = new int[ModelContract.DigitClasses, ModelContract.DigitClasses]; // [label, digit]
    private int _rightSums;
    private int _failed;
    private int _unreadable;

    /// <summary>Counts a row.</summary>
    /// <param name="label">The digit that the picture shows; empty or <c>-</c> where that isn't said.</param>
    /// <param name="number">The number that was added, as the table has it.</param>
    /// <param name="row">What the model says.</param>
    public void Add(string label, string number, in OutputRow row)
    {
        label = label.Trim();
        if (label is "" or "-")
            return;
        if (!int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out int digit) || digit >= ModelContract.DigitClasses)
        {
            _unreadable++;
            return;
        }

        if (row.Prediction is not { } answer)
        {
            _failed++;
            return;
        }

        _counts[digit, answer.Digit]++;
        if (NumberColumn.Parse(number, out long addend) is null && answer.Sum == digit + addend)
            _rightSums++;
    }

    /// <summary>The counts in words, and where there are answers a table of labels (down) and digits (across).</summary>
    public string ToText()
    {
        int answered = _counts.Cast<int>().Sum(), labelled = answered + _failed;
        int right = Enumerable.Range(0, ModelContract.DigitClasses).Sum(digit => _counts[digit, digit]);
        string unreadable = _unreadable == 0 ? "" : $"; {_unreadable} {(_unreadable == 1 ? "label is" : "labels are")} neither 0 to 9 nor empty nor -";
        if (labelled == 0)
            return $"no row is labelled{unreadable}";

        var lines = new List<string>
        {
            string.Create(
                CultureInfo.InvariantCulture,
                $"{labelled} labelled: digit right in {right} ({100.0 * right / labelled:0.00} %), sum in {_rightSums} ({100.0 * _rightSums / labelled:0.00} %), {_failed} failed{unreadable}"),
        };
        int width = Math.Max(3, _counts.Cast<int>().Max().ToString(CultureInfo.InvariantCulture).Length + 1);
        lines.Add("label  read as" + string.Concat(Enumerable.Range(0, ModelContract.DigitClasses).Select(digit => $"{digit}".PadLeft(width)))[1..]);
        foreach (int label in Enumerable.Range(0, ModelContract.DigitClasses))
        {
            int[] row = [.. Enumerable.Range(0, ModelContract.DigitClasses).Select(digit => _counts[label, digit])];
            if (row.Sum() > 0)
                lines.Add($"{label,5}         " + string.Concat(row.Select(count => (count == 0 ? "." : $"{count}").PadLeft(width)))[1..]);
        }

        return string.Join(Environment.NewLine, lines);
    }
}
