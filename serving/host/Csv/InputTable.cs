namespace MnistAdder.Scoring.Csv;

/// <summary>A CSV file of image paths and numbers: its header, read at once, and its rows, read when they are asked for.</summary>
internal sealed class InputTable : IDisposable
{
    /// <summary>The column with the images' paths, where no other is named.</summary>
    public const string PathColumn = "path";

    /// <summary>The column with the numbers to add, where no other is named.</summary>
    public const string NumberColumn = "number";

    private const int LongestShown = 40;

    private readonly CsvReader _reader;
    private readonly int _path;
    private readonly int _number;
    private readonly int? _label;

    private InputTable(CsvReader reader, string[] columns, int path, int number, int? label)
    {
        _reader = reader;
        Columns = columns;
        _path = path;
        _number = number;
        _label = label;
    }

    /// <summary>The columns' names in the file's order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>How much of the file has been read; for any thread.</summary>
    public long BytesRead => _reader.BytesRead;

    /// <summary>Reads the header.</summary>
    /// <param name="reader">The file; disposed with the table.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="pathColumn">The column with the images' paths.</param>
    /// <param name="numberColumn">The column with the numbers to add.</param>
    /// <param name="labelColumn">The column with the digits that the images show, where there is one.</param>
    /// <exception cref="InvalidDataException">The header is missing or malformed, or a column is missing or named twice.</exception>
    public static InputTable Open(CsvReader reader, string name, string pathColumn = PathColumn, string numberColumn = NumberColumn, string? labelColumn = null)
    {
        try
        {
            return Find(reader, name, pathColumn, numberColumn, labelColumn);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Reads the rows, each with as many fields as there are columns; once.</summary>
    /// <exception cref="InvalidDataException">A quote is never closed, or a record is too long or has too many fields.</exception>
    public IEnumerable<CsvRecord> Rows()
    {
        while (_reader.TryRead(out CsvRecord? record))
            yield return record.Fields.Length == Columns.Count ? record : OfOtherLength(record);
    }

    /// <summary>The image's path as the file has it; empty where the row has a flaw.</summary>
    public string ImagePath(CsvRecord row) => row.Flaw is null ? row.Fields[_path] : "";

    /// <summary>The number to add as the file has it; empty where the row has a flaw.</summary>
    public string Number(CsvRecord row) => row.Flaw is null ? row.Fields[_number] : "";

    /// <summary>The digit that the image shows, as the file has it; empty where there is no such column or the row has a flaw.</summary>
    public string Label(CsvRecord row) => _label is { } label && row.Flaw is null ? row.Fields[label] : "";

    /// <summary>Whether a column is the one with the numbers.</summary>
    public bool IsNumber(int column) => column == _number;

    /// <summary>The two values that are scored, for a message.</summary>
    public string Describe(CsvRecord row) => $"{Columns[_path]} '{Shown(row.Fields[_path])}', {Columns[_number]} '{Shown(row.Fields[_number])}'";

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private static InputTable Find(CsvReader reader, string name, string pathColumn, string numberColumn, string? labelColumn)
    {
        if (!reader.TryRead(out CsvRecord? header))
            throw new InvalidDataException($"{name}, line 1: the file is empty; a header with the columns '{pathColumn}' and '{numberColumn}' comes first.");
        string place = $"{name}, line {header.Line}";
        if (header.Flaw is not null)
            throw new InvalidDataException($"{place}: the header can't be read, since {header.Flaw}; save the file as CSV in UTF-8.");
        if (header.Fields.GroupBy(column => column).FirstOrDefault(columns => columns.Count() > 1) is { } twice)
            throw new InvalidDataException($"{place}: the header has the column '{Shown(twice.Key)}' twice.");
        return new InputTable(reader, header.Fields, IndexOf(pathColumn, "--path-column"), IndexOf(numberColumn, "--number-column"), labelColumn is null ? null : IndexOf(labelColumn, "--label-column"));

        int IndexOf(string column, string option)
        {
            int index = Array.IndexOf(header.Fields, column);
            return index >= 0 ? index : throw new InvalidDataException(
                $"{place}: the header has no column '{column}', only {string.Join(", ", header.Fields.Select(field => $"'{Shown(field)}'"))}; {option} takes another name.");
        }
    }

    // A message stays one line, whatever the file.
    private static string Shown(string text) =>
        (text.Length <= LongestShown ? text : text[..LongestShown] + "…").ReplaceLineEndings(" ");

    private CsvRecord OfOtherLength(CsvRecord record)
    {
        string[] fields = record.Fields;
        return record with
        {
            Fields = [.. Columns.Select((_, index) => index < fields.Length ? fields[index] : "")],
            Flaw = record.Flaw ?? $"the row has {fields.Length} {(fields.Length == 1 ? "field" : "fields")} instead of {Columns.Count}",
        };
    }
}
