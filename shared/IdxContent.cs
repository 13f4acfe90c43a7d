using System.Buffers.Binary;
using System.IO.Compression;

namespace MnistAdder;

/// <summary>The uncompressed bytes of one IDX file, read once from front to back.</summary>
internal sealed class IdxContent : IDisposable
{
    /// <summary>Bytes asked of a file before any have been seen: memory grows with what comes, not with what a header claims.</summary>
    private const int FirstBlock = 1 << 20;

    private readonly Stream _file;
    private readonly string _name;
    private readonly GZipStream? _decompressor;
    private long _bytesRead;

    /// <summary>Begins at the stream's start.</summary>
    /// <param name="file">The file's bytes, seekable; it stays open.</param>
    /// <param name="name">What the messages call it.</param>
    public IdxContent(Stream file, string name)
    {
        _file = file;
        _name = name;
        Span<byte> start = stackalloc byte[2];
        _file.Position = 0;
        bool compressed = _file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start[0] == 0x1f && start[1] == 0x8b;
        _file.Position = 0;
        _decompressor = compressed ? new GZipStream(file, CompressionMode.Decompress, leaveOpen: true) : null;
    }

    /// <summary>Reads the whole file as a list of elements of one shape.</summary>
    /// <param name="what">What the elements are, for the messages.</param>
    /// <param name="elementShape">Sizes that each element must have; the first dimension, the count, is free.</param>
    /// <returns>All elements' bytes in row order.</returns>
    /// <exception cref="InvalidDataException">The file is anything else.</exception>
    public byte[] ReadArray(string what, ReadOnlySpan<int> elementShape)
    {
        int rank = 1 + elementShape.Length;
        Span<byte> magic = stackalloc byte[4];
        int length = Read(magic);
        if (length < 2 || magic[0] != 0 || magic[1] != 0)
            throw Broken("does not begin with an IDX magic number");
        if (length < 4)
            throw Broken("is cut short within its IDX magic number");
        if (magic[2] != IdxFile.UnsignedByte)
            throw Broken($"holds elements of IDX type 0x{magic[2]:X2}, but {what} are unsigned bytes (0x{IdxFile.UnsignedByte:X2})");
        if (magic[3] != rank)
            throw Broken($"holds an array of {magic[3]} dimensions, but {what} have {rank}");

        Span<byte> sizes = stackalloc byte[4 * rank];
        if (Read(sizes) < sizes.Length)
            throw Broken("is cut short within its IDX header");
        long claimed = BinaryPrimitives.ReadUInt32BigEndian(sizes);
        for (int i = 0; i < elementShape.Length; i++)
        {
            uint size = BinaryPrimitives.ReadUInt32BigEndian(sizes[(4 * (i + 1))..]);
            if (size != elementShape[i])
                throw Broken($"holds {what} whose dimension {i + 1} is {size}, but it must be {elementShape[i]}");
            claimed *= size;
        }

        if (claimed > Array.MaxLength)
            throw Broken($"claims {claimed} bytes of {what}, more than one array holds");
        byte[] data = ReadElements(what, (int)claimed);
        ExpectEnd();
        return data;
    }

    /// <inheritdoc/>
    public void Dispose() => _decompressor?.Dispose();

    private byte[] ReadElements(string what, int claimed)
    {
        byte[] data = new byte[Math.Min(claimed, FirstBlock)];
        int filled = 0;
        while (true)
        {
            filled += Read(data.AsSpan(filled));
            if (filled < data.Length)
                throw Broken($"is cut short: its header claims {claimed} bytes of {what} and {filled} are there");
            if (filled == claimed)
                return data;
            Array.Resize(ref data, (int)Math.Min(claimed, 2L * data.Length));
        }
    }

    private void ExpectEnd()
    {
        // Asking beyond the end also makes the decompressor compare the checksum.
        if (Read(stackalloc byte[1]) > 0)
            throw Broken("goes on after the end of its array");
        if (_decompressor is null)
            return;

        // GZipStream takes a file that lacks its last eight bytes, or has others after them. Those eight are a checksum, which it
        // does compare where it finds it, and the length, which is compared here.
        Span<byte> trailer = stackalloc byte[4];
        _file.Position = _file.Length - trailer.Length;
        _file.ReadExactly(trailer);
        if (BinaryPrimitives.ReadUInt32LittleEndian(trailer) != (uint)_bytesRead)
            throw Broken("is cut short, or goes on after the end of its gzip data");
    }

    /// <summary>Fills the span, or as much of it as the file has bytes.</summary>
    private int Read(Span<byte> span)
    {
        try
        {
            int count = (_decompressor ?? _file).ReadAtLeast(span, span.Length, throwOnEndOfStream: false);
            _bytesRead += count;
            return count;
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{_name} is damaged: its gzip data can't be decompressed.", e);
        }
    }

    private InvalidDataException Broken(string reason) => new($"{_name} {reason}.");
}
