namespace MnistAdder.Scoring.Csv;

/// <summary>The columns of one input file: which of them are read, and how a record becomes a row to score.</summary>
internal sealed class InputColumns
{
    private const int LongestShown = 40;

    private readonly int _path;
    private readonly int _number;

    private InputColumns(string[] names, int path, int number)
    {
        Names = names;
        _path = path;
        _number = number;
    }

    /// <summary>The columns' names in the file's order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Finds the columns in a header.</summary>
    /// <param name="file">What messages call the file.</param>
    /// <param name="header">The first record; <see langword="null"/> where the file has none.</param>
    /// <param name="choice">The columns' names.</param>
    /// <exception cref="InvalidDataException">A column is missing or named twice, or there is no header.</exception>
    public static InputColumns Find(string file, CsvRecord? header, ColumnChoice choice)
    {
        if (header is null)
            throw new InvalidDataException($"{file}, line 1: the file is empty; a header with the columns '{choice.Path}' and '{choice.Number}' comes first.");
        string place = $"{file}, line {header.Line}";
        if (header.Flaw is not null)
            throw new InvalidDataException($"{place}: the header can't be read, since {header.Flaw}; save the file as CSV in UTF-8.");
        if (header.Fields.GroupBy(name => name).FirstOrDefault(names => names.Count() > 1) is { } twice)
            throw new InvalidDataException($"{place}: the header has the column '{Shown(twice.Key)}' twice.");
        return new InputColumns(header.Fields, IndexOf(choice.Path, "--path-column"), IndexOf(choice.Number, "--number-column"));

        int IndexOf(string name, string option)
        {
            int index = Array.IndexOf(header.Fields, name);
            return index >= 0 ? index : throw new InvalidDataException(
                $"{place}: the header has no column '{name}', only {string.Join(", ", header.Fields.Select(field => $"'{Shown(field)}'"))}; {option} takes another name.");
        }
    }

    /// <summary>Reads what is scored out of a record.</summary>
    public InputRow Row(CsvRecord record)
    {
        string[] fields = record.Fields;
        if (fields.Length != Names.Count)
        {
            string flaw = $"the row has {fields.Length} {(fields.Length == 1 ? "field" : "fields")} instead of {Names.Count}";
            return new InputRow(record.Line, [.. Names.Select((_, index) => index < fields.Length ? fields[index] : "")], "", "", flaw);
        }

        return record.Flaw is null
            ? new InputRow(record.Line, fields, fields[_path], fields[_number], null)
            : new InputRow(record.Line, fields, "", "", record.Flaw);
    }

    /// <summary>The two values that are scored, for a message.</summary>
    public string Describe(InputRow row) => $"{Names[_path]} '{Shown(row.Fields[_path])}', {Names[_number]} '{Shown(row.Fields[_number])}'";

    // A message stays one line, whatever the file.
    private static string Shown(string text) =>
        (text.Length <= LongestShown ? text : text[..LongestShown] + "…").ReplaceLineEndings(" ");
}
