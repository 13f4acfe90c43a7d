using MnistAdder.Scoring.Tables;

namespace MnistAdder.Scoring.Csv;

/// <summary>The header of a table, and what its delimiter is.</summary>
/// <remarks>
/// The delimiter is what the caller says, or what a line <c>sep=</c> before the header says (as Excel reads and writes it), or the first of
/// comma, semicolon and tab that makes all wanted columns appear.
/// </remarks>
internal sealed class InputHeader
{
    private const string SeparatorLine = "sep=";

    private readonly string _place;
    private readonly string _delimiter;

    private InputHeader(string name, CsvRecord record, string delimiter)
    {
        _place = $"{name}, line {record.Line}";
        _delimiter = delimiter;
        Columns = record.Fields;
        if (record.Flaw is not null)
        {
            throw new InvalidDataException(
                $"{_place}: the header can't be read, since {record.Flaw}; it is {Seen}. Save the file as CSV in UTF-8, or name what separates with --delimiter.");
        }

        // Excel writes empty columns behind a table whose cells were once in use.
        if (Columns.Where(column => !string.IsNullOrWhiteSpace(column)).GroupBy(column => column).FirstOrDefault(columns => columns.Count() > 1) is { } twice)
            throw new InvalidDataException($"{_place}: the header has the column '{ShownText.Of(twice.Key)}' twice; it is {Seen}.");
    }

    /// <summary>The columns' names as the file has them.</summary>
    public string[] Columns { get; }

    private string Seen => $"{ShownText.Of(Columns)} ({_delimiter})";

    /// <summary>Reads the header, and sets the reader's delimiter for it and all that follows.</summary>
    /// <param name="reader">The file at its beginning.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="delimiter">What stands between fields; null where the file has to tell.</param>
    /// <param name="wanted">The columns that the file should have.</param>
    /// <exception cref="InvalidDataException">The header is missing or malformed, or two columns have one name; columns without a name may be many.</exception>
    public static InputHeader Read(CsvReader reader, string name, char? delimiter, params string[] wanted)
    {
        char? named = SkipSeparatorLine(reader);
        char? told = delimiter ?? named;
        reader.Delimiter = told ?? Guess(reader, wanted);
        if (!reader.TryRead(out CsvRecord? record))
        {
            throw new InvalidDataException(
                $"{name}, line 1: the file {(named is null ? "is empty" : "has only a line sep=")}; a header with the columns {string.Join(" and ", wanted.Select(column => $"'{ShownText.Of(column)}'"))} comes first.");
        }

        return new InputHeader(name, record, $"{(told is null ? "taken to be separated by" : "separated by")} {Delimiter.Describe(reader.Delimiter)}");
    }

    /// <summary>Where the columns that mean something are.</summary>
    /// <param name="names">Their names.</param>
    /// <exception cref="InvalidDataException">There is no such column, or more than one.</exception>
    public ColumnRoles Find(ColumnNames names) => names.FindIn(Columns, _place, Seen, ", --delimiter another separator");

    private static char? SkipSeparatorLine(CsvReader reader)
    {
        if (TryRead(reader, ',') is not { } record)
            return null;
        string line = string.Join(',', record.Fields);
        if (line.Length == SeparatorLine.Length + 1 && line.StartsWith(SeparatorLine, StringComparison.OrdinalIgnoreCase)
            && Delimiter.Parse(line[^1..]) is { } named)
        {
            return named;
        }

        reader.Unread(record);
        return null;
    }

    // Comma where nothing tells. What is second best makes the better message.
    private static char Guess(CsvReader reader, string[] wanted)
    {
        (int Found, int Fields) best = default;
        char guess = ',';
        foreach (char delimiter in Delimiter.Recognised)
        {
            if (TryRead(reader, delimiter) is not { } header)
                continue;
            reader.Unread(header);
            (int Found, int Fields) one = header.Flaw is null ? (wanted.Count(column => ColumnNames.Matches(header.Fields, column).Length > 0), header.Fields.Length) : default;
            if (one.Found == wanted.Length)
                return delimiter;
            if (one.CompareTo(best) > 0)
                (best, guess) = (one, delimiter);
        }

        return guess;
    }

    // What can't be read with one delimiter may be with another; what can't be with any fails where it is read for good.
    private static CsvRecord? TryRead(CsvReader reader, char delimiter)
    {
        reader.Delimiter = delimiter;
        try
        {
            return reader.TryRead(out CsvRecord? record) ? record : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
