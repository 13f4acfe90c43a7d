using System.Buffers.Binary;
using System.IO.Hashing;

namespace MnistAdder.Serving.Images.Png;

/// <summary>One chunk of a PNG file (ISO/IEC 15948, 5.3).</summary>
internal readonly ref struct PngChunk
{
    // Length and type before the body, the check sum behind it.
    private const int Overhead = 12;

    /// <summary>The last chunk of every file, IEND: nothing behind it is of the picture.</summary>
    public static ReadOnlySpan<byte> End => [0, 0, 0, 0, (byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82];

    private readonly ReadOnlySpan<byte> _whole;

    private PngChunk(ReadOnlySpan<byte> whole) => _whole = whole;

    public ReadOnlySpan<byte> Type => _whole.Slice(4, 4);

    public ReadOnlySpan<byte> Body => _whole[8..^4];

    /// <summary>Whether the check sum over type and body is right.</summary>
    public bool IsIntact => Crc32.HashToUInt32(_whole[4..^4]) == BinaryPrimitives.ReadUInt32BigEndian(_whole[^4..]);

    /// <summary>Takes the next chunk.</summary>
    /// <param name="rest">What follows the signature or the chunk before; receives what follows this one.</param>
    /// <param name="chunk">The chunk.</param>
    /// <returns>Whether there is a whole chunk.</returns>
    public static bool TryRead(scoped ref ReadOnlySpan<byte> rest, out PngChunk chunk)
    {
        chunk = default;
        if (rest.Length < Overhead)
            return false;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > (uint)(rest.Length - Overhead))
            return false;
        chunk = new PngChunk(rest[..(Overhead + (int)length)]);
        rest = rest[chunk._whole.Length..];
        return true;
    }
}
