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

    /// <summary>Where in a table these columns are: each the one of exactly its name, else the one whose name is the same but for case and spaces around it.</summary>
    /// <param name="columns">The table's columns.</param>
    /// <param name="place">Where they stand, for messages.</param>
    /// <param name="seen">The columns, for messages.</param>
    /// <param name="otherwise">What else may be wrong where one is missing, for the message; may be empty.</param>
    /// <exception cref="InvalidDataException">There is no such column, or more than one.</exception>
    public ColumnRoles FindIn(IReadOnlyList<string> columns, string place, string seen, string otherwise)
    {
        int path = IndexOf(Path, "--path-column"), number = IndexOf(Number, "--number-column");
        int? label = Label is null ? null : IndexOf(Label, "--label-column");
        return path != number
            ? new ColumnRoles(path, number, label)
            : throw new InvalidDataException($"{place}: --path-column and --number-column both name the column '{ShownText.Of(columns[path])}'.");

        int IndexOf(string column, string option) => Matches(columns, column) switch
        {
            [var index] => index,
            [var first, var second, ..] => throw new InvalidDataException(
                $"{place}: the header has the column '{ShownText.Of(column)}' twice, as '{ShownText.Of(columns[first])}' and '{ShownText.Of(columns[second])}'; {option} takes one of these."),
            _ => throw new InvalidDataException($"{place}: the header has no column '{ShownText.Of(column)}', only {seen}; {option} takes another name{otherwise}."),
        };
    }

    /// <summary>The columns that a name means: those of exactly that name, else those of one alike.</summary>
    public static int[] Matches(IReadOnlyList<string> columns, string name)
    {
        int[] exact = [.. Enumerable.Range(0, columns.Count).Where(index => columns[index] == name)];
        return exact.Length > 0 ? exact : [.. Enumerable.Range(0, columns.Count).Where(index => IsAlike(columns[index], name))];
    }

    private static bool IsAlike(string one, string other) => one.AsSpan().Trim().Equals(other.AsSpan().Trim(), StringComparison.OrdinalIgnoreCase);
}
