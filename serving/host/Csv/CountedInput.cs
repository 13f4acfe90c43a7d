namespace MnistAdder.Scoring.Csv;

/// <summary>A stream that says how much of it has been read, and what it begins with.</summary>
/// <param name="stream">What is read; disposed with this.</param>
internal sealed class CountedInput(Stream stream) : InputStream
{
    // As long as what tells a file's form.
    private readonly byte[] _beginning = new byte[4];
    private int _next; // of the beginning
    private int _end;
    private long _bytesRead;

    /// <summary>How much has been read; for any thread.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>The first four bytes, fewer where there are no more; to be asked for before anything is read.</summary>
    public ReadOnlySpan<byte> Beginning
    {
        get
        {
            while (_end < _beginning.Length && ReadOn(_beginning.AsSpan(_end)) is > 0 and var read)
                _end += read;
            return _beginning.AsSpan(0, _end);
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_next == _end)
            return ReadOn(buffer);
        int length = Math.Min(buffer.Length, _end - _next);
        _beginning.AsSpan(_next, length).CopyTo(buffer);
        _next += length;
        return length;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            stream.Dispose();
        base.Dispose(disposing);
    }

    private int ReadOn(Span<byte> buffer)
    {
        int read = stream.Read(buffer);
        Interlocked.Add(ref _bytesRead, read);
        return read;
    }
}
