namespace MnistAdder.Scoring.Tables;

/// <summary>How a table is to be read.</summary>
/// <param name="Path">The column with the images' paths.</param>
/// <param name="Number">The column with the numbers to add.</param>
/// <param name="Label">The column with the digits that the images show, where there is one.</param>
/// <param name="Delimiter">What stands between fields of a text; null where the file has to tell.</param>
internal sealed record ColumnNames(string Path, string Number, string? Label = null, char? Delimiter = null)
{
    /// <summary>The names where no others are given.</summary>
    public static ColumnNames Usual { get; } = new("path", "number");
}
