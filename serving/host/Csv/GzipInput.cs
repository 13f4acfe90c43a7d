using System.IO.Compression;

namespace MnistAdder.Scoring.Csv;

/// <summary>Decompresses gzip, of any number of members, and makes sure that it is whole.</summary>
/// <remarks>
/// The framework's stream takes a file that is cut off for one that ends, and what is no member behind the first for nothing. A member of this
/// class's own is put behind the file's last byte: it comes out exactly where all before it were whole.
/// </remarks>
internal sealed class GzipInput : InputStream
{
    private static readonly byte[] s_seal = "MnistAdder: the end of the file's own members"u8.ToArray();
    private static readonly byte[] s_sealed = Compress(s_seal);

    private readonly SealedInput _file;
    private readonly GZipStream _members;
    private readonly string _name;
    private InvalidDataException? _failure;
    private bool _isAtEnd;

    /// <summary>Takes over a stream.</summary>
    /// <param name="file">What begins with <see cref="Magic"/>; disposed with this.</param>
    /// <param name="name">What messages call the file.</param>
    public GzipInput(Stream file, string name)
    {
        _file = new SealedInput(file);
        _members = new GZipStream(_file, CompressionMode.Decompress);
        _name = name;
    }

    /// <summary>What gzip begins with (RFC 1952), and text in no encoding does.</summary>
    public static ReadOnlySpan<byte> Magic => [0x1F, 0x8B];

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The file is damaged or cut off: said as often as it is asked.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (_isAtEnd)
            return _failure is null ? 0 : throw _failure;
        try
        {
            int read = _members.Read(buffer);
            if (read > 0 && !_file.IsAtSeal)
                return read;
            if (!IsSeal(buffer[..read]))
                _failure = Failure(_file.IsAtSeal ? "it is cut off" : "something else follows it", null);
        }
        catch (InvalidDataException exception)
        {
            _failure = Failure(_file.IsAtSeal ? "it is cut off" : "it is damaged", exception);
        }

        _isAtEnd = true;
        return Read(buffer);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _members.Dispose();
        base.Dispose(disposing);
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return compressed.ToArray();
    }

    // Everything before the seal had come out before the seal was asked for.
    private bool IsSeal(ReadOnlySpan<byte> begun)
    {
        byte[] rest = new byte[s_seal.Length + 1];
        begun = begun[..Math.Min(begun.Length, rest.Length)];
        begun.CopyTo(rest);
        int length = begun.Length + _members.ReadAtLeast(rest.AsSpan(begun.Length), rest.Length - begun.Length, throwOnEndOfStream: false);
        return rest.AsSpan(0, length).SequenceEqual(s_seal);
    }

    private InvalidDataException Failure(string reason, Exception? inner) => new($"{_name} is compressed with gzip and can't be read to its end: {reason}.", inner);

    /// <summary>The file, and the seal behind it.</summary>
    private sealed class SealedInput(Stream file) : InputStream
    {
        private int _next;

        /// <summary>Whether all that is read from now on is the seal.</summary>
        public bool IsAtSeal { get; private set; }

        /// <inheritdoc/>
        public override int Read(Span<byte> buffer)
        {
            if (!IsAtSeal && file.Read(buffer) is > 0 and var read)
                return read;
            IsAtSeal = true;
            int length = Math.Min(buffer.Length, s_sealed.Length - _next);
            s_sealed.AsSpan(_next, length).CopyTo(buffer);
            _next += length;
            return length;
        }

        /// <inheritdoc/>
        protected override void Dispose(bool disposing)
        {
            if (disposing)
                file.Dispose();
            base.Dispose(disposing);
        }
    }
}
