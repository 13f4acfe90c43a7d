using System.IO.Compression;
using CsCheck;
using MnistAdder.Serving.Images.Png;

namespace MnistAdder.Serving.Tests.Images.Png;

public class InflaterTests
{
    // Runs and few different values make matches, long codes and every kind of block. DeflateStream writes nothing for no data.
    private static readonly Gen<byte[]> s_data = Gen.OneOf(
        Gen.Byte.Array[1, 3000],
        Gen.Byte[0, 3].Array[1, 3000],
        Gen.Select(Gen.Byte, Gen.Int[1, 400]).Array[1, 30].Select(runs => runs.SelectMany(run => Enumerable.Repeat(run.Item1, run.Item2)).ToArray()),
        Gen.Select(Gen.Int[1, 14], Gen.Byte.Array[1, 3000]).Select(pair => Array.ConvertAll(pair.Item2, value => (byte)(value * value >> pair.Item1))));

    [Fact]
    public void What_zlib_deflates_is_inflated_to_the_same_bytes() =>
        Gen.Select(s_data, Gen.Enum<CompressionLevel>()).Sample((data, level) =>
        {
            byte[] stream = Raw(data, level);
            byte[] inflated = new byte[data.Length];
            return Inflater.TryInflate(stream, inflated, 32768, out int consumed)
                && consumed == stream.Length
                && inflated.AsSpan().SequenceEqual(data);
        }, iter: 3000);

    [Fact]
    public void Codes_longer_than_the_table_are_walked()
    {
        // Counts like Fibonacci numbers make the longest Huffman codes.
        byte[] data = [.. Enumerable.Range(0, 18).SelectMany(symbol => Enumerable.Repeat((byte)(symbol * 13), Fibonacci(symbol)))];
        new Random(1).Shuffle(data);
        byte[] inflated = new byte[data.Length];
        Assert.True(Inflater.TryInflate(Raw(data, CompressionLevel.SmallestSize), inflated, 32768, out _));
        Assert.Equal(data, inflated);

        static int Fibonacci(int n) => n < 2 ? 1 : Fibonacci(n - 1) + Fibonacci(n - 2);
    }

    [Fact]
    public void A_changed_stream_is_refused_or_inflated_as_zlib_does() =>
        Gen.Select(s_data, Gen.Int[0, int.MaxValue], Gen.Byte[1, 255]).Sample((data, place, change) =>
        {
            byte[] stream = Raw(data, CompressionLevel.Optimal);
            stream[place % stream.Length] ^= change;
            byte[] inflated = new byte[data.Length];
            return !Inflater.TryInflate(stream, inflated, 32768, out _) || inflated.AsSpan().SequenceEqual(ByZlib(stream, data.Length));
        }, iter: 5000);

    [Fact]
    public void A_shortened_stream_is_refused() =>
        Gen.Select(s_data, Gen.Double.Unit).Sample((data, share) =>
        {
            byte[] stream = Raw(data, CompressionLevel.Optimal);
            return !Inflater.TryInflate(stream.AsSpan(0, (int)(share * stream.Length)), new byte[data.Length], 32768, out _);
        }, iter: 1000);

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void Contents_of_another_length_than_asked_for_are_refused(int difference)
    {
        byte[] stream = Raw([1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3], CompressionLevel.Optimal);
        Assert.False(Inflater.TryInflate(stream, new byte[11 + difference], 32768, out _));
    }

    [Fact]
    public void A_repetition_from_before_the_window_is_refused()
    {
        byte[] noise = new byte[400];
        new Random(3).NextBytes(noise);
        byte[] data = [.. noise, .. noise];
        byte[] stream = Raw(data, CompressionLevel.Optimal);
        Assert.True(Inflater.TryInflate(stream, new byte[800], 512, out _));
        Assert.False(Inflater.TryInflate(stream, new byte[800], 256, out _));
    }

    [Fact]
    public void Random_bytes_never_throw() =>
        Gen.Byte.Array[0, 200].Sample(stream => { Inflater.TryInflate(stream, new byte[812], 32768, out _); }, iter: 20000);

    private static byte[] Raw(byte[] data, CompressionLevel level)
    {
        using var stream = new MemoryStream();
        using (var deflate = new DeflateStream(stream, level))
            deflate.Write(data);
        return stream.ToArray();
    }

    private static byte[] ByZlib(byte[] stream, int length)
    {
        using var deflate = new DeflateStream(new MemoryStream(stream), CompressionMode.Decompress);
        byte[] data = new byte[length];
        deflate.ReadExactly(data);
        return data;
    }
}
