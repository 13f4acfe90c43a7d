using System.Runtime.ExceptionServices;
using Apache.Arrow;
using MnistAdder.Scoring.Parquet;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace MnistAdder.Scoring.Output;

/// <summary>Writes an Apache Parquet file, compressed with zstd, with checksums of its pages.</summary>
/// <remarks>Its bytes follow from the rows alone, however they are dealt out to the calls that add them.</remarks>
internal sealed class ParquetOutput : IDisposable
{
    /// <summary>Rows of a row group, fewer where their texts and bytes take more than <see cref="MostBytes"/>.</summary>
    public const int MostRows = 65_536;

    private const long MostBytes = 64 << 20;

    private readonly Schema _types;
    private readonly KeptErrors _stream;
    private readonly FileWriter _writer;
    private readonly List<IArrowArray>[] _columns; // of the row group that is being filled
    private int _rows;
    private long _bytes;
    private bool _isEnded;

    /// <summary>Begins a file.</summary>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="types">The columns with their types.</param>
    public ParquetOutput(Stream output, Schema types)
    {
        _types = types;
        _columns = [.. types.FieldsList.Select(_ => new List<IArrowArray>())];
        _stream = new KeptErrors(output);
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(Compression.Zstd).EnablePageChecksum();
        foreach (Field field in types.FieldsList.Where(field => ArrowText.IsBytes(field.DataType)))
            builder.DisableDictionary(field.Name); // encoded images are all different, and compressed
        using WriterProperties properties = builder.Build();
        _writer = _stream.Guard(() => new FileWriter(_stream, types, properties, null!, leaveOpen: true));
    }

    /// <summary>Adds rows.</summary>
    /// <param name="columns">Their values, as many arrays as there are columns.</param>
    /// <param name="rows">How many.</param>
    public void Add(IReadOnlyList<IArrowArray> columns, int rows)
    {
        IArrowArray[] sized = [.. columns.SelectMany(Sized)];
        for (int start = 0, end; start < rows; start = end)
        {
            end = start;
            while (end < rows && _rows < MostRows && _bytes < MostBytes)
            {
                _bytes += sized.Sum(column => (long)ArrowText.Bytes(column, end).Length);
                (_rows, end) = (_rows + 1, end + 1);
            }

            for (int i = 0; i < _columns.Length; i++)
                _columns[i].Add(start == 0 && end == rows ? columns[i] : ArrowArrayFactory.Slice(columns[i], start, end - start));
            if (_rows == MostRows || _bytes >= MostBytes)
                WriteRowGroup();
        }
    }

    /// <summary>Ends the file with the rows so far.</summary>
    public void Dispose()
    {
        if (_isEnded || _stream.HasFailed)
            return;
        _isEnded = true;
        if (_rows > 0)
            WriteRowGroup();
        _stream.Guard(() =>
        {
            _writer.Close();
            _writer.Dispose();
            return true;
        });
    }

    // In one piece: how pages are cut would tell the pieces.
    private void WriteRowGroup()
    {
        IArrowArray[] whole = [.. _columns.Select(pieces => pieces is [var one] ? one : ArrowArrayConcatenator.Concatenate(pieces))];
        using var batch = new RecordBatch(_types, whole, _rows);
        _stream.Guard(() =>
        {
            _writer.WriteRecordBatch(batch, _rows);
            return true;
        });
        foreach (List<IArrowArray> pieces in _columns)
            pieces.Clear();
        (_rows, _bytes) = (0, 0);
    }

    // What takes different room in each row.
    private static IEnumerable<IArrowArray> Sized(IArrowArray column) => column switch
    {
        StructArray structure => structure.Fields.SelectMany(Sized),
        _ when ArrowText.IsText(column.Data.DataType) || ArrowText.IsBytes(column.Data.DataType) => [column],
        _ => [],
    };

    // The native library gives back a text in place of what a stream has thrown.
    private sealed class KeptErrors(Stream inner) : Stream
    {
        private ExceptionDispatchInfo? _error;

        public bool HasFailed => _error is not null;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get; set; }

        public T Guard<T>(Func<T> write)
        {
            try
            {
                return write();
            }
            catch (ParquetException error)
            {
                _error?.Throw();
                throw new InvalidDataException($"The rows can't be written as Parquet: {ParquetFile.Inner(error.Message)}", error);
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                inner.Write(buffer);
                Position += buffer.Length;
            }
#pragma warning disable CA1031 // Whatever it is, it is thrown again behind the native library.
            catch (Exception error)
#pragma warning restore CA1031
            {
                _error ??= ExceptionDispatchInfo.Capture(error);
                throw;
            }
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
