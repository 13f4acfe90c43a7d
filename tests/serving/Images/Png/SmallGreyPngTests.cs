using System.IO.Compression;
using CsCheck;
using MnistAdder.Serving.Images;
using MnistAdder.Serving.Images.Png;
using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images.Png;

public class SmallGreyPngTests
{
    private const int Side = MnistGeometry.Side;

    private static readonly Gen<byte[]> s_pixels = Gen.OneOf(
        Gen.Byte.Array[Side * Side],
        Gen.OneOf(Gen.Const((byte)0), Gen.Const((byte)0), Gen.Const((byte)0), Gen.Byte).Array[Side * Side]);

    [Fact]
    public void Every_filter_and_level_gives_the_pixels_that_were_written_and_the_full_decoder_agrees() =>
        Gen.Select(s_pixels, Gen.Int[0, 4].Array[Side], Gen.Enum<CompressionLevel>()).Sample((pixels, filters, level) =>
        {
            byte[] rows = PngBytes.Filter(pixels, Side, y => filters[y]);
            byte[] file = File(PngBytes.Chunk("IDAT", PngBytes.Deflate(rows, level)));
            byte[] fast = new byte[Side * Side];
            return SmallGreyPng.TryDecode(file, fast) && fast.AsSpan().SequenceEqual(pixels) && ByFullDecoder(file)!.AsSpan().SequenceEqual(pixels);
        }, iter: 500);

    [Theory]
    [InlineData("pHYs", new byte[] { 0, 0, 11, 19, 0, 0, 11, 19, 1 })]
    [InlineData("tIME", new byte[] { 7, 234, 1, 1, 1, 1, 1 })]
    [InlineData("tEXt", new byte[] { 65, 0, 66 })]
    [InlineData("gAMA", new byte[] { 0, 0, 177, 143 })]
    [InlineData("gAMA", new byte[] { 0, 1, 134, 160 })]
    [InlineData("sBIT", new byte[] { 8 })]
    [InlineData("sRGB", new byte[] { 0 })]
    public void Chunks_that_change_no_level_keep_a_file_on_the_fast_path(string type, byte[] body)
    {
        byte[] pixels = Noise();
        byte[] file = File(PngBytes.Chunk(type, body), PngBytes.Chunk("IDAT", PngBytes.Deflate(PngBytes.Filter(pixels, Side, _ => 1))));
        byte[] fast = new byte[Side * Side];
        Assert.True(SmallGreyPng.TryDecode(file, fast));
        Assert.Equal(pixels, fast);
        Assert.Equal(pixels, ByFullDecoder(file));
    }

    [Fact]
    public void Several_data_chunks_are_left_to_the_full_decoder_which_gives_the_same_pixels() =>
        Gen.Select(s_pixels, Gen.Int[1, 60]).Sample((pixels, piece) =>
        {
            byte[] data = PngBytes.Deflate(PngBytes.Filter(pixels, Side, y => y % 5));
            byte[] file = File([.. data.Chunk(piece).Select(part => PngBytes.Chunk("IDAT", part))]);
            byte[] decoded = new byte[Side * Side];
            bool fast = SmallGreyPng.TryDecode(file, decoded);
            return fast == data.Length <= piece
                && new DigitImageDecoder(ImagePreparation.Raw).TryDecode(file, decoded, out _)
                && decoded.AsSpan().SequenceEqual(pixels);
        }, iter: 200);

    [Fact]
    public void A_changed_file_is_decoded_as_the_full_decoder_does_or_left_to_it() =>
        Gen.Select(s_pixels, Gen.Int[0, 4], Gen.Int[0, int.MaxValue], Gen.Byte[1, 255], Gen.Bool).Sample((pixels, filter, place, change, mendCheck) =>
        {
            byte[] data = PngBytes.Deflate(PngBytes.Filter(pixels, Side, _ => filter));
            if (mendCheck)
                data[place % data.Length] ^= change;
            byte[] file = File(PngBytes.Chunk("IDAT", data));
            if (!mendCheck)
                file[place % file.Length] ^= change;
            byte[] fast = new byte[Side * Side];
            return !SmallGreyPng.TryDecode(file, fast) || fast.AsSpan().SequenceEqual(ByFullDecoder(file));
        }, iter: 3000);

    [Theory]
    [InlineData("PLTE", 3)]
    [InlineData("tRNS", 2)]
    [InlineData("sBIT", 1)]
    [InlineData("ABCD", 1)]
    public void Chunks_that_might_matter_are_left_to_the_full_decoder(string type, int length) =>
        Assert.False(SmallGreyPng.TryDecode(
            File(PngBytes.Chunk(type, new byte[length]), PngBytes.Chunk("IDAT", PngBytes.Deflate(new byte[Side * (Side + 1)]))), new byte[Side * Side]));

    [Theory]
    [InlineData(28, 28, 16, 0, false)]
    [InlineData(28, 28, 8, 3, false)]
    [InlineData(28, 28, 8, 0, true)]
    [InlineData(28, 27, 8, 0, false)]
    [InlineData(27, 28, 8, 0, false)]
    public void Other_kinds_of_file_are_left_to_the_full_decoder(int width, int height, int bitDepth, int colourType, bool interlaced) =>
        Assert.False(SmallGreyPng.TryDecode(
            PngBytes.File(width, height, bitDepth, colourType, new byte[Side * (Side + 1)], interlaced), new byte[Side * Side]));

    private static byte[] File(params byte[][] chunks) =>
        PngBytes.Join([PngBytes.Signature, PngBytes.Header(Side, Side, 8, 0), .. chunks, PngBytes.Chunk("IEND", [])]);

    private static byte[] Noise()
    {
        byte[] pixels = new byte[Side * Side];
        new Random(5).NextBytes(pixels);
        return pixels;
    }

    private static byte[]? ByFullDecoder(byte[] file)
    {
        using SKData data = SKData.CreateCopy(file);
        using SKCodec? codec = SKCodec.Create(data);
        byte[] pixels = new byte[Side * Side];
        unsafe
        {
            fixed (byte* first = pixels)
            {
                var wanted = new SKImageInfo(Side, Side, SKColorType.Gray8, SKAlphaType.Opaque);
                return codec?.GetPixels(wanted, (IntPtr)first) == SKCodecResult.Success ? pixels : null;
            }
        }
    }
}
