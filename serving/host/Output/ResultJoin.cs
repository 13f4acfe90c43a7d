using Apache.Arrow;
using MnistAdder.Scoring.Parquet;

namespace MnistAdder.Scoring.Output;

/// <summary>Joins files of rows into what one run would have written.</summary>
internal abstract class ResultJoin : IDisposable
{
    private const int BlockSize = 1 << 20;

    /// <summary>Adds a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="hasHeader">Whether a text in it begins with a header.</param>
    /// <param name="see">Is given all its bytes.</param>
    /// <param name="isRight">Is asked whether they were the right ones; where they weren't, what has been joined isn't to be used.</param>
    /// <returns>What it answered.</returns>
    public abstract bool Append(string path, bool hasHeader, Seen see, Func<bool> isRight);

    /// <summary>Ends the output.</summary>
    public abstract void Complete();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Reads a file.</summary>
    protected static void Read(string path, Seen see)
    {
        using FileStream file = File.OpenRead(path);
        byte[] buffer = new byte[BlockSize];
        for (int read; (read = file.Read(buffer)) > 0;)
            see(buffer.AsSpan(0, read));
    }

    /// <summary>Is given bytes.</summary>
    public delegate void Seen(ReadOnlySpan<byte> bytes);
}

/// <summary>Joins texts: bytes behind bytes.</summary>
internal sealed class TextJoin : ResultJoin
{
    private readonly Stream _output;
    private readonly int _headerLength;

    /// <summary>Begins with the header.</summary>
    public TextJoin(Stream output, OutputColumns columns, OutputFormat format)
    {
        _output = output;
        using var header = new MemoryStream();
        using (IRowWriter writer = format.Writer(header, columns, types: null!))
            writer.Flush();
        _headerLength = (int)header.Length;
        header.WriteTo(output);
    }

    /// <inheritdoc/>
    public override bool Append(string path, bool hasHeader, Seen see, Func<bool> isRight)
    {
        int skip = hasHeader ? _headerLength : 0;
        Read(path, bytes =>
        {
            see(bytes);
            int skipped = Math.Min(skip, bytes.Length);
            skip -= skipped;
            _output.Write(bytes[skipped..]);
        });
        return isRight();
    }

    /// <inheritdoc/>
    public override void Complete()
    {
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}

/// <summary>Joins Parquet files: rows behind rows, in row groups as one run makes them.</summary>
/// <remarks>A file is read once more than a text is, for its bytes are seen first; those are still in memory then.</remarks>
/// <param name="output">Where to; stays open.</param>
/// <param name="columns">The columns.</param>
/// <param name="types">Gives the input's columns with their types, where no file comes.</param>
internal sealed class ParquetJoin(Stream output, OutputColumns columns, Func<Schema> types) : ResultJoin
{
    private ParquetOutput? _file;

    /// <inheritdoc/>
    public override bool Append(string path, bool hasHeader, Seen see, Func<bool> isRight)
    {
        Read(path, see);
        if (!isRight())
            return false;
        using var part = ParquetFile.Open(File.OpenRead(path), path);
        _file ??= new ParquetOutput(output, part.Types);
        for (int group = 0; group < part.RowGroups.Count; group++)
        {
            foreach (RecordBatch batch in part.Read(group))
                _file.Add([.. batch.Arrays], batch.Length);
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Complete()
    {
        _file ??= new ParquetOutput(output, ParquetRowWriter.TypesOf(columns, types()));
        Dispose();
    }

    /// <inheritdoc/>
    public override void Dispose() => _file?.Dispose();
}
