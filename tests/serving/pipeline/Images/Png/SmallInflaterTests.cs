using System.IO.Compression;
using CsCheck;
using MnistAdder.Serving.Images.Png;

namespace MnistAdder.Serving.Tests.Images.Png;

public class SmallInflaterTests
{
    private static readonly Gen<byte[]> s_contents = Gen.OneOf(
        Gen.Byte.Array[1, 900],
        Gen.OneOf(Gen.Const((byte)0), Gen.Const((byte)0), Gen.Byte[0, 3], Gen.Byte).Array[1, 900],
        Gen.Select(Gen.Byte.Array[1, 40], Gen.Int[1, 60]).Select((piece, times) => Enumerable.Repeat(piece, times).SelectMany(bytes => bytes).ToArray()));

    // Strategies give blocks of every kind: stored, of the fixed codes and of codes of their own, with matches and without.
    private static readonly Gen<ZLibCompressionOptions> s_ways = Gen.Select(
        Gen.Int[0, 9], Gen.Enum<ZLibCompressionStrategy>(), (level, strategy) => new ZLibCompressionOptions { CompressionLevel = level, CompressionStrategy = strategy });

    [Fact]
    public void Every_stream_of_zlib_gives_what_was_put_into_it()
    {
        int streams = 0, inflated = 0;
        Gen.Select(s_contents, s_ways).Sample((contents, way) =>
        {
            byte[] stream = Deflate(contents, way), output = new byte[contents.Length];
            Interlocked.Increment(ref streams);
            if (!SmallInflater.TryInflate(stream, output))
                return;
            Interlocked.Increment(ref inflated);
            Assert.Equal(contents, output);
        }, iter: 4000);
        // Nothing is left to the library but what is unusual, such as a code of a single symbol.
        Assert.InRange(inflated, 0.99 * streams, streams);
    }

    [Fact]
    public void A_changed_stream_gives_what_the_library_gives_or_is_left_to_it()
    {
        int refused = 0;
        Gen.Select(s_contents, s_ways, Gen.Int[0, int.MaxValue], Gen.Byte[1, 255], Gen.Int[0, 3]).Sample((contents, way, place, change, kind) =>
        {
            byte[] stream = Deflate(contents, way);
            stream = kind switch
            {
                0 => stream[..(place % stream.Length)],
                1 => [.. stream, change],
                _ => [.. stream.Select((value, i) => i == place % stream.Length ? (byte)(value ^ change) : value)],
            };
            byte[] output = new byte[contents.Length];
            if (SmallInflater.TryInflate(stream, output))
                Assert.Equal(Inflate(stream, output.Length), output);
            else
                Interlocked.Increment(ref refused);
        }, iter: 6000);
        Assert.True(refused > 5000);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_stream_of_another_length_than_is_asked_for_is_left_to_the_library(int difference)
    {
        byte[] contents = [.. Enumerable.Range(0, 812).Select(i => (byte)(i * i))];
        byte[] stream = Deflate(contents, new ZLibCompressionOptions { CompressionLevel = 6 });
        Assert.True(SmallInflater.TryInflate(stream, new byte[contents.Length]));
        Assert.False(SmallInflater.TryInflate(stream, new byte[contents.Length + difference]));
    }

    [Fact]
    public void The_check_sum_of_the_greatest_bytes_does_not_overflow()
    {
        byte[] contents = new byte[4096];
        Array.Fill(contents, byte.MaxValue);
        byte[] output = new byte[contents.Length];
        Assert.True(SmallInflater.TryInflate(Deflate(contents, new ZLibCompressionOptions { CompressionLevel = 6 }), output));
        Assert.Equal(contents, output);
        Assert.False(SmallInflater.TryInflate(Deflate([.. contents, 255], new ZLibCompressionOptions()), new byte[contents.Length + 1]));
    }

    private static byte[] Deflate(byte[] contents, ZLibCompressionOptions way)
    {
        using var stream = new MemoryStream();
        using (var zlib = new ZLibStream(stream, way, leaveOpen: true))
            zlib.Write(contents);
        return stream.ToArray();
    }

    private static byte[] Inflate(byte[] stream, int most)
    {
        using var zlib = new ZLibStream(new MemoryStream(stream), CompressionMode.Decompress);
        byte[] output = new byte[most + 1];
        return output[..zlib.ReadAtLeast(output, output.Length, throwOnEndOfStream: false)];
    }
}
