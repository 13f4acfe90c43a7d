using System.Globalization;
using System.Text.Json.Serialization;
using MnistAdder.Scoring.Output;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Scoring.Rows;

/// <summary>Counts how many labelled rows have the right digit and sum.</summary>
internal sealed class LabelTally
{
    /// <summary>How often a label was read as a digit, [label · 10 + digit].</summary>
    [JsonInclude]
    public long[] Counts { get; private init; } = new long[ModelContract.DigitClasses * ModelContract.DigitClasses];

    /// <summary>Labelled rows with the right sum.</summary>
    [JsonInclude]
    public long RightSums { get; private set; }

    /// <summary>Labelled rows that have no answer.</summary>
    [JsonInclude]
    public long Failed { get; private set; }

    /// <summary>Rows whose label is none.</summary>
    [JsonInclude]
    public long Unreadable { get; private set; }

    private static IEnumerable<int> Digits => Enumerable.Range(0, ModelContract.DigitClasses);

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
            Unreadable++;
            return;
        }

        if (row.Prediction is not { } answer)
        {
            Failed++;
            return;
        }

        Counts[(digit * ModelContract.DigitClasses) + answer.Digit]++;
        if (NumberColumn.Parse(number, out long addend) is null && answer.Sum == digit + addend)
            RightSums++;
    }

    /// <summary>Adds the counts of other rows.</summary>
    public void Add(LabelTally other)
    {
        for (int i = 0; i < Counts.Length; i++)
            Counts[i] += other.Counts[i];
        RightSums += other.RightSums;
        Failed += other.Failed;
        Unreadable += other.Unreadable;
    }

    /// <summary>The counts in words, and where there are answers a table of labels (down) and digits (across).</summary>
    public string ToText()
    {
        long answered = Counts.Sum(), labelled = answered + Failed, right = Digits.Sum(digit => Count(digit, digit));
        string unreadable = Unreadable == 0 ? "" : $"; {Unreadable} {(Unreadable == 1 ? "label is" : "labels are")} neither 0 to 9 nor empty nor -";
        if (labelled == 0)
            return $"no row is labelled{unreadable}";

        var lines = new List<string>
        {
            string.Create(
                CultureInfo.InvariantCulture,
                $"{labelled} labelled: digit right in {right} ({100.0 * right / labelled:0.00} %), sum in {RightSums} ({100.0 * RightSums / labelled:0.00} %), {Failed} failed{unreadable}"),
        };
        int width = Math.Max(3, Counts.Max().ToString(CultureInfo.InvariantCulture).Length + 1);
        lines.Add("label  read as" + string.Concat(Digits.Select(digit => $"{digit}".PadLeft(width)))[1..]);
        foreach (int label in Digits.Where(label => Digits.Any(digit => Count(label, digit) > 0)))
            lines.Add($"{label,5}         " + string.Concat(Digits.Select(digit => (Count(label, digit) is var count && count == 0 ? "." : $"{count}").PadLeft(width)))[1..]);
        return string.Join(Environment.NewLine, lines);
    }

    private long Count(int label, int digit) => Counts[(label * ModelContract.DigitClasses) + digit];
}
