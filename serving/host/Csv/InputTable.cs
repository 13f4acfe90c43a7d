using MnistAdder.Commands;

namespace MnistAdder.Scoring.Csv;

/// <summary>A CSV file of image paths and numbers: its header, read at once, and its rows, read when they are asked for.</summary>
internal sealed class InputTable : IDisposable
{
    /// <summary>The column with the images' paths, where no other is named.</summary>
    public const string PathColumn = "path";

    /// <summary>The column with the numbers to add, where no other is named.</summary>
    public const string NumberColumn = "number";

    private readonly CsvReader _reader;
    private readonly int _path;
    private readonly int _number;
    private readonly int? _label;
    private readonly string? _name;

    private InputTable(CsvReader reader, string? name, string[] columns, int path, int number, int? label)
    {
        _reader = reader;
        _name = name;
        Columns = columns;
        _path = path;
        _number = number;
        _label = label;
    }

    /// <summary>The columns' names in the file's order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Reads the header.</summary>
    /// <param name="reader">The file; disposed with the table.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="pathColumn">The column with the images' paths.</param>
    /// <param name="numberColumn">The column with the numbers to add.</param>
    /// <param name="delimiter">What stands between fields; null where the file has to tell.</param>
    /// <param name="labelColumn">The column with the digits that the images show, where there is one.</param>
    /// <param name="isListed">Whether no file has the rows, but the user named the images: they have no lines.</param>
    /// <exception cref="InvalidDataException">The header is missing or malformed, or a column is missing or named twice.</exception>
    public static InputTable Open(
        CsvReader reader,
        string name,
        string pathColumn = PathColumn,
        string numberColumn = NumberColumn,
        char? delimiter = null,
        string? labelColumn = null,
        bool isListed = false)
    {
        try
        {
            return Find(reader, name, pathColumn, numberColumn, delimiter, labelColumn, isListed);
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

    /// <summary>Where a row is, for a message: its line, or the image where no file has the rows.</summary>
    public string Place(CsvRecord row) => _name is null ? TerminalText.OneLine(ImagePath(row)) : $"{_name}, line {row.Line}";

    /// <summary>The two values that are scored, for a message.</summary>
    public string Describe(CsvRecord row) => $"{Shown(row, _path)}, {Shown(row, _number)}";

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private static InputTable Find(CsvReader reader, string name, string pathColumn, string numberColumn, char? delimiter, string? labelColumn, bool isListed)
    {
        InputHeader header = InputHeader.Read(reader, name, delimiter, pathColumn, numberColumn);
        int path = header.IndexOf(pathColumn, "--path-column"), number = header.IndexOf(numberColumn, "--number-column");
        int? label = labelColumn is null ? null : header.IndexOf(labelColumn, "--label-column");
        return path != number
            ? new InputTable(reader, isListed ? null : name, header.Columns, path, number, label)
            : throw new InvalidDataException($"{name}: --path-column and --number-column both name the column '{ShownText.Of(header.Columns[path])}'.");
    }

    private string Shown(CsvRecord row, int column) => $"{ShownText.Of(Columns[column])} '{ShownText.Of(row.Fields[column])}'";

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
