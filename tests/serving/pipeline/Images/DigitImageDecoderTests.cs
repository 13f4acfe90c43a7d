using Microsoft.ML.Data;
using MnistAdder.Serving.Tests.Images.Png;
using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images;

public class DigitImageDecoderTests
{
    private const int Side = MnistGeometry.Side;

    public static TheoryData<string> LosslessFormats => [.. EncodedBars.Lossless.Keys];

    public static TheoryData<string> LossyFormats => [.. EncodedBars.Lossy.Keys];

    [Theory]
    [MemberData(nameof(LosslessFormats))]
    public void Raw_gives_the_grey_levels_of_every_format(string format) =>
        Assert.Equal(EncodedBars.Levels, Decode(EncodedBars.Lossless[format], ImagePreparation.Raw));

    [Theory]
    [MemberData(nameof(LossyFormats))]
    public void Raw_gives_nearly_the_grey_levels_of_lossy_formats(string format) =>
        AssertNear(EncodedBars.Levels, Decode(EncodedBars.Lossy[format], ImagePreparation.Raw), 12);

    [Theory]
    [MemberData(nameof(LosslessFormats))]
    public void Auto_gives_light_ink_on_dark_paper_for_every_format(string format)
    {
        byte[] pixels = Decode(EncodedBars.Lossless[format], ImagePreparation.Auto);
        Assert.Equal(0, pixels[0]);
        Assert.Equal(255, pixels[(14 * Side) + 14]);
        Assert.Equal(80, pixels.Count(level => level > 0));
    }

    [Fact]
    public void Every_grey_level_stays_what_it_is()
    {
        byte[] ramp = [.. Enumerable.Range(0, Side * Side).Select(i => (byte)i)];
        byte[] rows = PngBytes.Filter(ramp, Side, _ => 0);
        byte[] inColour = [.. ramp.Chunk(Side).SelectMany(row => row.SelectMany(level => new[] { level, level, level }).Prepend((byte)0))];
        Assert.Equal(ramp, Decode(PngBytes.File(Side, Side, 8, 0, rows), ImagePreparation.Raw));
        Assert.Equal(ramp, Decode(PngBytes.File(Side, Side, 8, 2, inColour), ImagePreparation.Raw));
    }

    [Fact]
    public void Colour_becomes_grey_by_the_stated_weights_and_alpha_lies_over_white()
    {
        byte[] colours = [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 0, 0, 0, 51];
        byte[] row = [0, .. Enumerable.Range(0, 7).SelectMany(_ => colours)];
        byte[] pixels = Decode(PngBytes.File(Side, Side, 8, 6, [.. Enumerable.Repeat(row, Side).SelectMany(r => r)]), ImagePreparation.Raw);
        Assert.Equal([77, 149, 29, 204], pixels[..4]);
    }

    [Fact]
    public void Auto_prepares_28_by_28_pictures_with_colour_or_transparency()
    {
        using SKBitmap corner = DrawnDigits.Sheet(Side, Side, SKColors.White).Draw(1, new SKRect(2, 2, 8, 12), 1.5f, SKColors.Navy);
        byte[] pixels = Decode(corner.Copy().Encoded(), ImagePreparation.Auto);
        Assert.Equal(Decode(corner.Copy().Encoded(), ImagePreparation.Mnist), pixels);
        Assert.InRange(MassCentre(pixels).X, 13.9, 15.1);
    }

    [Fact]
    public void A_decoded_picture_gives_the_same_pixels_as_its_file()
    {
        byte[] file = DrawnDigits.Sheet(90, 60, SKColors.Transparent).Draw(4, new SKRect(20, 10, 50, 50), 5, SKColors.DarkGreen).Encoded();
        using var image = MLImage.CreateFromStream(new MemoryStream(file));
        byte[] pixels = new byte[Side * Side];
        Assert.True(new DigitImageDecoder().TryPrepare(image, pixels, out _, out string? error), error);
        AssertNear(Decode(file, ImagePreparation.Auto), pixels, 1);
    }

    [Fact]
    public void Both_byte_orders_of_decoded_pictures_are_understood()
    {
        byte[] red = [.. Enumerable.Repeat(new byte[] { 255, 0, 0, 255 }, Side * Side).SelectMany(colour => colour)];
        foreach ((MLPixelFormat format, byte expected) in new[] { (MLPixelFormat.Rgba32, (byte)77), (MLPixelFormat.Bgra32, (byte)29) })
        {
            using var image = MLImage.CreateFromPixels(Side, Side, format, red);
            byte[] pixels = new byte[Side * Side];
            Assert.True(new DigitImageDecoder(ImagePreparation.Raw).TryPrepare(image, pixels, out _, out _));
            Assert.All(pixels, level => Assert.Equal(expected, level));
        }
    }

    [Fact]
    public void Many_threads_share_one_decoder()
    {
        var decoder = new DigitImageDecoder(ImagePreparation.Mnist);
        byte[][] files = [.. Enumerable.Range(0, 10).Select(Scenes.All["photo in the shade"])];
        byte[][] alone = [.. files.Select(file => Decode(file, ImagePreparation.Mnist))];
        Parallel.For(0, 80, i =>
        {
            byte[] pixels = new byte[Side * Side];
            Assert.True(decoder.TryDecode(files[i % 10], pixels, out _, out _));
            Assert.Equal(alone[i % 10], pixels);
        });
    }

    [Fact]
    public void A_small_grey_file_is_decoded_with_no_buffer_of_its_own()
    {
        var decoder = new DigitImageDecoder();
        byte[] file = EncodedBars.Lossless["PNG, grey, 8 bits"];
        byte[] pixels = new byte[Side * Side];
        decoder.TryDecode(file, pixels, out _, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            decoder.TryDecode(file, pixels, out _, out _);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 100, 0, 600); // the inflating stream itself
    }

    [Fact]
    public void Limits_and_lengths_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DigitImageDecoder((ImagePreparation)3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DigitImageDecoder(limits: new ImageLimits { MaxPixels = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DigitImageDecoder(limits: new ImageLimits { MaxPixels = int.MaxValue }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DigitImageDecoder(limits: new ImageLimits { MaxEncodedBytes = 0 }));
        Assert.Throws<ArgumentException>(() => new DigitImageDecoder().TryDecode([], new byte[783], out _, out _));
    }

    private static byte[] Decode(byte[] file, ImagePreparation preparation)
    {
        byte[] pixels = new byte[Side * Side];
        Assert.True(new DigitImageDecoder(preparation).TryDecode(file, pixels, out _, out string? error), error);
        return pixels;
    }

    private static (double X, double Y) MassCentre(byte[] pixels)
    {
        double mass = pixels.Sum(level => level);
        return (pixels.Select((level, i) => level * ((i % Side) + 0.5)).Sum() / mass, pixels.Select((level, i) => level * ((i / Side) + 0.5)).Sum() / mass);
    }

    private static void AssertNear(byte[] expected, byte[] actual, int tolerance) =>
        Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance));
}
