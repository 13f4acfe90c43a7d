using System.Buffers.Binary;
using System.Diagnostics;
using CsCheck;
using MnistAdder.Serving.Tests.Images.Png;
using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images;

public class BadImageTests
{
    private const int Side = MnistGeometry.Side;
    private const string Unknown = "the file is not an image in a known format (PNG, JPEG, BMP, GIF, WebP)";
    private const string Truncated = "the image is truncated";
    private const string Damaged = "the image is damaged";
    private const string BadHeader = "the image's header is truncated or damaged";
    private const string NoInk = "the image shows no ink";

    public static TheoryData<string> Formats => [.. EncodedBars.Lossless.Keys, .. EncodedBars.Lossy.Keys];

    [Fact]
    public void Zero_bytes_are_an_empty_file() => Assert.Equal("the file is empty", Error([]));

    [Theory]
    [InlineData("path,number\n1.png,3\n")]
    [InlineData("\0\0\u0001\0\u0001\0")]
    [InlineData("RIFF\u0004\0\0\0WAVE")]
    [InlineData("\u0089PNG")]
    public void Other_content_is_no_image(string content) => Assert.Equal(Unknown, Error(System.Text.Encoding.Latin1.GetBytes(content)));

    [Theory]
    [InlineData("II*\0\u0008\0\0\0")]
    [InlineData("MM\0*\0\0\0\u0008")]
    public void TIFF_is_refused_by_name(string content) =>
        Assert.Equal("the file is a TIFF image, which is not read; PNG and JPEG are", Error(System.Text.Encoding.Latin1.GetBytes(content)));

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_file_without_its_second_half_is_refused(string format)
    {
        byte[] file = EncodedBars.Lossless.TryGetValue(format, out byte[]? lossless) ? lossless : EncodedBars.Lossy[format];
        int end = format == "GIF, animated" ? 100 : file.Length / 2; // the first frame's end is the middle of that file
        Assert.Contains(Error(file[..end]), new[] { Truncated, Damaged, BadHeader });
    }

    [Fact]
    public void A_large_file_without_its_end_says_that_it_is_truncated()
    {
        byte[] png = Noise(200, SKEncodedImageFormat.Png), jpeg = Noise(200, SKEncodedImageFormat.Jpeg), webp = Noise(200, SKEncodedImageFormat.Webp);
        Assert.Equal(Truncated, Error(png[..^5000]));
        Assert.Equal(Truncated, Error(jpeg[..^2000]));
        Assert.Equal(Truncated, Error(webp[..^2000]));
    }

    [Theory]
    [InlineData(0, "IHDR")]
    [InlineData(0, "IDAT")]
    [InlineData(2, "IHDR")]
    [InlineData(2, "IDAT")]
    public void A_bad_check_sum_of_a_PNG_chunk_is_refused(int colourType, string chunk)
    {
        byte[] file = PngBytes.File(Side, Side, 8, colourType, new byte[Side * ((Side * (colourType + 1)) + 1)]);
        int type = file.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(chunk));
        int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(type - 4));
        file[type + 4 + length] ^= 1;
        Assert.Contains(Error(file, ImagePreparation.Raw), new[] { Damaged, BadHeader });
    }

    [Fact]
    public void A_PNG_that_ends_before_its_pixels_is_refused()
    {
        byte[] end = PngBytes.Chunk("IEND", []);
        foreach (byte[][] before in new byte[][][] { [], [PngBytes.Chunk("IDAT", [])], [PngBytes.Chunk("tEXt", [1])] })
        {
            byte[] file = PngBytes.Join([PngBytes.Signature, PngBytes.Header(Side, Side, 8, 0), .. before, end]);
            Assert.Contains(Error(file), new[] { Truncated, Damaged, BadHeader });
        }
    }

    [Fact]
    public void A_tiny_file_that_declares_a_huge_picture_costs_nothing()
    {
        long before = Process.GetCurrentProcess().PeakWorkingSet64;
        byte[] png = PngBytes.Join(PngBytes.Signature, PngBytes.Header(20000, 20000, 8, 0), PngBytes.Chunk("IDAT", PngBytes.Deflate(new byte[1000])), PngBytes.Chunk("IEND", []));
        Assert.Equal("the image is 20000×20000 pixels; at most 50 megapixels are accepted", Error(png));

        byte[] gif = [.. EncodedBars.Lossless["GIF, animated"]];
        gif.AsSpan(6, 4).Fill(255);
        Assert.Equal("the image is 65535×65535 pixels; at most 50 megapixels are accepted", Error(gif));

        byte[] bmp = [.. EncodedBars.Lossless["BMP, 24 bits"]];
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(18), 30000);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(22), 30000);
        Assert.Equal("the image is 30000×30000 pixels; at most 50 megapixels are accepted", Error(bmp));
        Assert.InRange(Process.GetCurrentProcess().PeakWorkingSet64 - before, 0, 100 << 20);
    }

    [Fact]
    public void A_JPEG_of_endless_scans_is_refused_and_scans_of_what_follows_the_picture_do_not_count()
    {
        byte[] jpeg = EncodedBars.Lossy["JPEG"];
        int scan = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        byte[] scans = [.. Enumerable.Repeat(jpeg[scan..^2], 100).SelectMany(bytes => bytes)];
        Assert.Equal("the image has 101 progressive scans; at most 100 are accepted", Error([.. jpeg[..^2], .. scans, .. jpeg[^2..]]));
        Assert.True(new DigitImageDecoder().TryDecode([.. jpeg, .. scans, .. scans], new byte[Side * Side], out _, out string? error), error);
    }

    [Fact]
    public void Limits_are_those_that_were_asked_for()
    {
        var decoder = new DigitImageDecoder(limits: new ImageLimits { MaxPixels = 1000, MaxEncodedBytes = 2000 });
        Assert.False(decoder.TryDecode(DrawnDigits.Sheet(101, 10, SKColors.White).Encoded(), new byte[Side * Side], out _, out string? error));
        Assert.Equal("the image is 101×10 pixels; at most 0.001 megapixels are accepted", error);
        Assert.False(decoder.TryDecode(new byte[2001], new byte[Side * Side], out _, out error));
        Assert.Equal("the file has 2001 bytes; at most 2000 are accepted", error);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5000)]
    [InlineData(300, 200)]
    public void A_picture_of_one_shade_has_no_ink(int width, int height)
    {
        Assert.Equal(NoInk, Error(DrawnDigits.Sheet(width, height, SKColors.White).Encoded()));
        Assert.Equal(NoInk, Error(DrawnDigits.Sheet(width, height, SKColors.Black).Encoded()));
        Assert.Equal(NoInk, Error(DrawnDigits.Sheet(width, height, SKColors.Transparent).Encoded()));
    }

    [Fact]
    public void A_photo_of_empty_paper_has_no_ink()
    {
        Assert.Equal(NoInk, Error(DrawnDigits.Sheet(640, 480, SKColors.LightGray).Photograph(0.5, 6).Encoded(SKEncodedImageFormat.Jpeg, 70)));
        Assert.Equal(NoInk, Error(DrawnDigits.Sheet(640, 480, SKColors.White).Photograph(1, 3).Encoded(SKEncodedImageFormat.Jpeg, 90)));
    }

    [Fact]
    public void Mnist_preparation_finds_no_ink_in_an_empty_28_by_28_picture() =>
        Assert.Equal(NoInk, Error(DrawnDigits.Sheet(Side, Side, SKColors.White).Encoded(), ImagePreparation.Mnist));

    [Fact]
    public void A_picture_of_any_size_and_contents_is_prepared_or_refused_and_never_fails()
    {
        var decoder = new DigitImageDecoder(ImagePreparation.Mnist);
        Gen<byte[]> picture =
            from width in Gen.OneOf(Gen.Int[1, 12], Gen.Int[1, 300])
            from height in Gen.OneOf(Gen.Int[1, 12], Gen.Int[1, 300])
            from levels in Gen.OneOf(Gen.Byte, Gen.Byte[250, 255]).Array[9]
            from kind in Gen.Int[0, 3]
            select PngBytes.File(width, height, 8, 0, PngBytes.Filter(Paint(width, height, levels, kind), width, _ => 0));
        picture.Sample(
            file =>
            {
                bool isPrepared = decoder.TryDecode(file, new byte[Side * Side], out ImageWarnings warnings, out string? error);
                return isPrepared ? error is null : error == NoInk && warnings == ImageWarnings.None;
            },
            iter: 300);
    }

    // One shade, squares, lines across and down, or noise.
    private static byte[] Paint(int width, int height, byte[] levels, int kind)
    {
        var random = new Random(levels[8]);
        return [.. Enumerable.Range(0, width * height).Select(i => (kind, i % width, i / width) switch
        {
            (0, _, _) => levels[0],
            (1, int x, int y) => levels[(x * 3 / width) + (3 * (y * 3 / height))],
            (2, int x, int y) => levels[x % (1 + (levels[7] % 40)) == 0 || y % (1 + (levels[6] % 40)) == 0 ? 1 : 0],
            _ => (byte)random.Next(256),
        })];
    }

    [Fact]
    public void A_line_of_pixels_with_a_dark_part_is_a_stroke()
    {
        SKBitmap line = DrawnDigits.Sheet(1, 5000, SKColors.White);
        for (int y = 2000; y < 3000; y++)
            line.SetPixel(0, y, SKColors.Black);
        byte[] pixels = new byte[Side * Side];
        Assert.True(new DigitImageDecoder().TryDecode(line.Encoded(), pixels, out _, out string? error), error);
        Assert.Equal(255, pixels[(14 * Side) + 14]);
        Assert.InRange(pixels.Count(level => level > 127), 20, 60);
    }

    [Fact]
    public void Raw_takes_no_other_size_than_28_by_28() =>
        Assert.Equal("the image is 30×28 pixels; raw preparation takes only 28×28", Error(DrawnDigits.Sheet(30, 28, SKColors.White).Encoded(), ImagePreparation.Raw));

    [Fact]
    public void A_thousand_damaged_files_are_decoded_or_refused_within_little_memory()
    {
        byte[][] files =
        [
            .. EncodedBars.Lossless.Values, .. EncodedBars.Lossy.Values,
            .. EncodedBars.Turned,
            Noise(60, SKEncodedImageFormat.Png), Noise(60, SKEncodedImageFormat.Jpeg), Noise(60, SKEncodedImageFormat.Webp),
        ];
        var decoder = new DigitImageDecoder(limits: new ImageLimits { MaxPixels = 1_000_000 });
        long before = Process.GetCurrentProcess().PeakWorkingSet64;
        var random = new Random(20261124);
        byte[] pixels = new byte[Side * Side];
        int refused = 0;
        for (int i = 0; i < 1000; i++)
        {
            byte[] file = Damage(files[i % files.Length], random);
            bool decoded = decoder.TryDecode(file, pixels, out _, out string? error);
            Assert.Equal(decoded, error is null);
            refused += decoded ? 0 : 1;
        }

        Assert.InRange(refused, 100, 999);
        Assert.True(Process.GetCurrentProcess().PeakWorkingSet64 - before < 200 << 20); // it may seem to fall: pages are counted roughly
    }

    // Changed, cut out, doubled or cut off: what storage and transfer do to files.
    private static byte[] Damage(byte[] file, Random random)
    {
        int at = random.Next(file.Length), length = random.Next(1, Math.Min(16, file.Length - at) + 1);
        switch (random.Next(4))
        {
            case 0:
                byte[] changed = [.. file];
                for (int i = 0; i < 1 + random.Next(4); i++)
                    changed[random.Next(file.Length)] = (byte)random.Next(256);
                return changed;
            case 1:
                return [.. file.AsSpan(0, at), .. file.AsSpan(at + length)];
            case 2:
                return [.. file.AsSpan(0, at + length), .. file.AsSpan(at)];
            default:
                return file[..at];
        }
    }

    private static string? Error(byte[] file, ImagePreparation preparation = ImagePreparation.Auto)
    {
        Assert.False(new DigitImageDecoder(preparation).TryDecode(file, new byte[Side * Side], out _, out string? error));
        return error;
    }

    private static byte[] Noise(int side, SKEncodedImageFormat format)
    {
        SKBitmap bitmap = DrawnDigits.Sheet(side, side, SKColors.White);
        var random = new Random(8);
        for (int i = 0; i < side * side; i++)
            bitmap.SetPixel(i % side, i / side, new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)));
        return bitmap.Encoded(format, 90);
    }
}
