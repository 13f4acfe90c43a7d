using System.Globalization;
using System.Text.Json.Serialization;
using MnistAdder.Scoring.Output;

namespace MnistAdder.Scoring.Rows;

/// <summary>Counts what became of rows.</summary>
internal sealed class RowTally
{
    /// <summary>All rows; another thread may look at it while they are counted.</summary>
    [JsonInclude]
    public long Rows { get; private set; }

    /// <summary>Rows without an answer.</summary>
    [JsonInclude]
    public long Failed { get; private set; }

    /// <summary>Rows with a warning.</summary>
    [JsonInclude]
    public long Doubtful { get; private set; }

    /// <summary>How the labelled ones were read.</summary>
    [JsonInclude]
    public LabelTally Labels { get; private init; } = new();

    /// <summary>Counts a row.</summary>
    public void Add(in OutputRow row)
    {
        Labels.Add(row.Input.Label, row.Input.Number, row);
        if (row.Error is not null)
            Failed++;
        if (row.Warning is not null)
            Doubtful++;
        Rows++;
    }

    /// <summary>Adds the counts of other rows.</summary>
    public void Add(RowTally other)
    {
        Labels.Add(other.Labels);
        Failed += other.Failed;
        Doubtful += other.Doubtful;
        Rows += other.Rows;
    }

    /// <summary>All in words: failed ones always, those with a warning where there are any.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Rows} {(Rows == 1 ? "row" : "rows")}, {Failed} failed{(Doubtful > 0 ? $", {Doubtful} with a warning" : "")}");
}
