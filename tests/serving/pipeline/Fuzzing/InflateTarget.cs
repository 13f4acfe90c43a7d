using System.Buffers.Binary;
using System.IO.Compression;
using MnistAdder.Fuzzing;
using MnistAdder.Serving.Images.Png;

namespace MnistAdder.Serving.Tests.Fuzzing;

/// <summary>zlib streams of small pictures: what the inflater takes is what the library takes, byte for byte.</summary>
internal sealed class InflateTarget() : FuzzTarget("inflate", new FuzzLimits(ManagedBytes: 1 << 20))
{
    private const int Length = MnistGeometry.Side * (MnistGeometry.Side + 1);

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. from strategy in Enum.GetValues<ZLibCompressionStrategy>()
           from level in (int[])[0, 1, 6, 9]
           select Deflate(new ZLibCompressionOptions { CompressionLevel = level, CompressionStrategy = strategy }),
    ];

    /// <inheritdoc/>
    public override bool Parse(byte[] input)
    {
        byte[] output = new byte[Length];
        if (!SmallInflater.TryInflate(input, output))
            return false;
        using var zlib = new ZLibStream(new MemoryStream(input), CompressionMode.Decompress);
        byte[] expected = new byte[Length + 1];
        FuzzException.Require(zlib.ReadAtLeast(expected, expected.Length, throwOnEndOfStream: false) == Length, "The library inflates another number of bytes.");
        FuzzException.Require(output.AsSpan().SequenceEqual(expected.AsSpan(0, Length)), "The library inflates other bytes.");
        return true;
    }

    /// <summary>The check sum of whatever the blocks hold by now, so that they and not it decide.</summary>
    public override byte[] Mend(byte[] input)
    {
        if (input.Length < 6)
            return input;
        byte[] contents = new byte[Length + 1];
        int length;
        try
        {
            using var blocks = new DeflateStream(new MemoryStream(input, 2, input.Length - 6), CompressionMode.Decompress);
            length = blocks.ReadAtLeast(contents, contents.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException)
        {
            return input;
        }

        // RFC 1950, section 9.
        uint sum = 1, total = 0;
        foreach (byte value in contents.AsSpan(0, length))
            total = (total + (sum = (sum + value) % 65521)) % 65521;
        byte[] mended = [.. input];
        BinaryPrimitives.WriteUInt32BigEndian(mended.AsSpan(mended.Length - 4), (total << 16) | sum);
        return mended;
    }

    private static byte[] Deflate(ZLibCompressionOptions way)
    {
        byte[] rows = [.. Enumerable.Range(0, Length).Select(i => (byte)(i % 29 == 0 ? i % 5 : i * i % 7 < 3 ? 0 : i * 31))];
        using var stream = new MemoryStream();
        using (var zlib = new ZLibStream(stream, way, leaveOpen: true))
            zlib.Write(rows);
        return stream.ToArray();
    }
}
