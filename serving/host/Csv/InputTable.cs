namespace MnistAdder.Scoring.Csv;

/// <summary>A CSV file of image paths and numbers: its header, read at once, and its rows, read when they are asked for.</summary>
internal sealed class InputTable : IDisposable
{
    private readonly Utf8TextReader _text;
    private readonly CsvRecords _records;

    private InputTable(Utf8TextReader text, CsvRecords records, InputColumns columns)
    {
        _text = text;
        _records = records;
        Columns = columns;
    }

    /// <summary>The columns.</summary>
    public InputColumns Columns { get; }

    /// <summary>How much of the file has been read.</summary>
    public long BytesRead => _text.BytesRead;

    /// <summary>Reads the header.</summary>
    /// <param name="stream">The file; disposed with the table.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="choice">The columns' names.</param>
    /// <param name="beforeWaiting">Called before the stream is asked for more, which may take its time.</param>
    /// <exception cref="InvalidDataException">The header is missing or malformed.</exception>
    public static InputTable Open(Stream stream, string name, ColumnChoice choice, Action beforeWaiting)
    {
        var text = new Utf8TextReader(stream, beforeWaiting);
        try
        {
            var records = CsvRecords.Open(text, name);
            records.TryRead(out CsvRecord? header);
            return new InputTable(text, records, InputColumns.Find(name, header, choice));
        }
        catch
        {
            text.Dispose();
            throw;
        }
    }

    /// <summary>Reads the rows; once.</summary>
    /// <exception cref="InvalidDataException">A quote is malformed.</exception>
    public IEnumerable<InputRow> Rows()
    {
        while (_records.TryRead(out CsvRecord? record))
            yield return Columns.Row(record);
    }

    /// <inheritdoc/>
    public void Dispose() => _records.Dispose();
}
