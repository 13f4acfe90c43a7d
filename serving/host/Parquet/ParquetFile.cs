using Apache.Arrow;
using Apache.Arrow.Types;
using MnistAdder.Commands;
using MnistAdder.Scoring.Tables;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace MnistAdder.Scoring.Parquet;

/// <summary>An Apache Parquet file that is read: its columns, and its rows in record batches.</summary>
internal sealed class ParquetFile : IDisposable
{
    /// <summary>The ending of such a file's name.</summary>
    public const string Extension = ".parquet";

    // So many rows, or so many bytes of them, are in memory at once.
    private const int BatchRows = 4096;
    private const long BatchBytes = 16 << 20;

    // A page is read through a buffer of this size, and not a row group's whole column.
    private const int BufferSize = 1 << 20;

    private readonly string _name;
    private readonly FileReader _reader;

    private ParquetFile(string name, long bytes, FileReader reader)
    {
        _name = name;
        Bytes = bytes;
        _reader = reader;
        Types = Plain(name, reader.Schema);
        RefuseIntervals(name, reader);
        RowGroups = [.. Enumerable.Range(0, reader.NumRowGroups).Select(Describe)];
    }

    /// <summary>What a file begins and ends with.</summary>
    public static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>The columns with their types.</summary>
    public Schema Types { get; }

    /// <summary>Its size.</summary>
    public long Bytes { get; }

    /// <summary>The row groups in their order.</summary>
    public IReadOnlyList<RowGroup> RowGroups { get; }

    /// <summary>Whether a file is one: it begins so. One that has only the name is refused when it is opened.</summary>
    public static bool IsMeant(string path)
    {
        if (path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
            return true;
        if (FileStatus.Of(path).Kind != FileKind.Regular)
            return false;
        try
        {
            using FileStream file = RegularFile.OpenRead(path);
            Span<byte> beginning = stackalloc byte[Magic.Length];
            return file.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false) == beginning.Length && beginning.SequenceEqual(Magic);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return false; // whoever opens it says why
        }
    }

    /// <summary>Takes over a file.</summary>
    /// <param name="file">The file; disposed with this.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="InvalidDataException">It is no such file, or damaged, or has columns that can't be passed on.</exception>
    public static ParquetFile Open(Stream file, string name)
    {
        try
        {
            return Guard(name, () =>
            {
                if (!file.CanSeek)
                    throw new InvalidDataException($"{name} can't be read as Parquet, of which the end is read first: it is no regular file.");
                using var arrow = ArrowReaderProperties.GetDefault();
                (arrow.UseThreads, arrow.PreBuffer, arrow.ArrowExtensionEnabled) = (false, false, true);
                using ReaderProperties reading = ReaderProperties.GetDefaultReaderProperties();
                reading.EnableBufferedStream();
                reading.BufferSize = BufferSize;
                reading.EnablePageChecksumVerification();
                arrow.BatchSize = RowsOfBatch(file);
                return new ParquetFile(name, file.Length, new FileReader(file, reading, arrow, leaveOpen: false));
            });
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads a row group.</summary>
    /// <returns>Its rows in their order, in memory that is nobody else's.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public IEnumerable<RecordBatch> Read(int rowGroup)
    {
        using var batches = Guard(_name, () => _reader.GetRecordBatchReader([rowGroup], null!));
        while (Guard(_name, () => Next(batches)) is { } batch)
            yield return batch;
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    // The native reader's memory is let go of at once: the collector doesn't know of it.
    private RecordBatch? Next(Apache.Arrow.Ipc.IArrowArrayStream batches)
    {
        using RecordBatch? read = batches.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult();
        return read is null ? null : new RecordBatch(Types, read.Clone().Arrays.Select(Plain), read.Length);
    }

    private RowGroup Describe(int index)
    {
        using RowGroupReader group = _reader.ParquetReader.RowGroup(index);
        return new RowGroup(group.MetaData.NumRows, group.MetaData.TotalByteSize);
    }

    private static long RowsOfBatch(Stream file)
    {
        using var reader = new ParquetFileReader(file, leaveOpen: true);
        long most = 1;
        for (int i = 0; i < reader.FileMetaData.NumRowGroups; i++)
        {
            using RowGroupReader group = reader.RowGroup(i);
            most = Math.Max(most, group.MetaData.TotalByteSize / Math.Max(1, group.MetaData.NumRows));
        }

        return Math.Clamp(BatchBytes / most, 1, BatchRows);
    }

    // A dictionary is how values lie in memory: the file's type is that of the values. What can't be told from bytes any more isn't passed on.
    private static Schema Plain(string name, Schema schema)
    {
        List<Field> fields = [];
        foreach (Field field in schema.FieldsList)
        {
            IArrowType type = field.DataType is DictionaryType dictionary ? dictionary.ValueType : field.DataType;
            if (field.DataType is DictionaryType && !ArrowText.IsText(type))
                throw new InvalidDataException($"{name} has the column '{ShownText.Of(field.Name)}' as a dictionary of {type.Name}, which isn't read; write it as plain {type.Name}.");
            fields.Add(new Field(field.Name, type, field.IsNullable, field.Metadata));
        }

        return new Schema(fields, null);
    }

    // Arrow has no such type: they would come out as twelve bytes.
    private static void RefuseIntervals(string name, FileReader reader)
    {
        SchemaDescriptor schema = reader.ParquetReader.FileMetaData.Schema;
        for (int column = 0; column < schema.NumColumns; column++)
        {
            ColumnDescriptor descriptor = schema.Column(column);
            if (descriptor.LogicalType is IntervalLogicalType)
                throw new InvalidDataException($"{name} has the column '{ShownText.Of(descriptor.Path.ToDotString())}' of intervals, which aren't read; write them as texts or numbers.");
        }
    }

    private static IArrowArray Plain(IArrowArray column)
    {
        if (column is not DictionaryArray dictionary)
            return column;
        var texts = new StringArray.Builder();
        for (int i = 0; i < dictionary.Length; i++)
        {
            if (dictionary.IsNull(i))
                texts.AppendNull();
            else
                texts.Append(ArrowText.Of(dictionary.Dictionary, int.Parse(ArrowText.Of(dictionary.Indices, i), System.Globalization.CultureInfo.InvariantCulture)));
        }

        return texts.Build();
    }

    private static T Guard<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is not (InvalidDataException or OutOfMemoryException)) // batches come with a bare Exception
        {
            throw new InvalidDataException($"{name} can't be read as Parquet: {TerminalText.OneLine(Inner(error.Message))}", error);
        }
    }

    /// <summary>What a native exception says, without its compiler's name for the type: N7parquet… (message: '…').</summary>
    public static string Inner(string message)
    {
        const string Start = "(message: '", End = "')";
        int start = message.IndexOf(Start, StringComparison.Ordinal), end = message.LastIndexOf(End, StringComparison.Ordinal);
        return start >= 0 && end > start ? message[(start + Start.Length)..end] : message;
    }
}

/// <summary>A row group.</summary>
/// <param name="Rows">Its rows.</param>
/// <param name="Bytes">What they take where they aren't compressed.</param>
internal sealed record RowGroup(long Rows, long Bytes);
