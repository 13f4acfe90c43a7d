using CsCheck;
using MnistAdder.Serving.Images;
using MnistAdder.Serving.Tests.DigitSums;
using MnistAdder.Serving.Tests.Images.Png;

namespace MnistAdder.Serving.Tests.Images;

/// <summary>What of 28×28 pictures is taken as it is, and what is prepared.</summary>
public class MnistStatisticsTests
{
    private const int Side = MnistGeometry.Side;

    [Fact]
    public void Every_picture_of_MNIST_is_taken_as_it_is()
    {
        string[] files = Directory.GetFiles(RealMnist.FolderOrSkip(), "*images*");
        byte[][] images = [.. files.SelectMany(file => IdxFile.ReadImages(file).Chunk(Side * Side))];
        Assert.Equal(70_000, images.Length);
        Assert.DoesNotContain(images, image => !MnistStatistics.AreThoseOf(image));
    }

    [Fact]
    public void A_picture_with_their_statistics_is_taken_as_it_is_in_either_polarity_without_a_warning()
    {
        for (int number = 0; number < 20; number++)
        {
            byte[] pixels = Pictures.Pixels(number);
            foreach (byte[] levels in (byte[][])[pixels, Inverted(pixels)])
            {
                byte[] decoded = new byte[Side * Side];
                Assert.True(new DigitImageDecoder().TryDecode(Png(levels), decoded, out ImageWarnings warnings, out string? error), error);
                Assert.Equal(pixels, decoded);
                Assert.Equal(ImageWarnings.None, warnings);
            }
        }
    }

    public static TheoryData<string> Changes => ["dim", "on grey", "moved", "small"];

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_grey_picture_that_lacks_one_of_them_is_prepared(string change)
    {
        byte[] pixels = Pictures.Pixels(3);
        byte[] changed = change switch
        {
            "dim" => [.. pixels.Select(level => (byte)(level * 0.9))],
            "on grey" => [.. pixels.Select(level => (byte)(60 + (level * 195 / 255)))],
            "moved" => [.. new byte[2], .. pixels[..^2]],
            _ => [.. Enumerable.Range(0, Side * Side).Select(i => i % Side is > 8 and < 20 && i / Side is > 8 and < 20 ? pixels[i] : (byte)0)],
        };
        Assert.Equal(Decode(changed, ImagePreparation.Mnist), Decode(changed, ImagePreparation.Auto));
        Assert.NotEqual(changed, Decode(changed, ImagePreparation.Auto));
        Assert.Equal(changed, Decode(changed, ImagePreparation.Raw));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(255)]
    public void A_picture_of_one_shade_shows_no_ink(byte shade)
    {
        byte[] levels = new byte[Side * Side];
        Array.Fill(levels, shade);
        Assert.False(new DigitImageDecoder().TryDecode(Png(levels), new byte[Side * Side], out _, out string? error));
        Assert.Equal("the image shows no ink", error);
    }

    // The bounds as one would write them without a thought of speed, on pictures that come near them.
    [Fact]
    public void They_are_measured_as_plain_loops_measure_them()
    {
        Gen<byte[]> picture =
            from left in Gen.Int[3, 6]
            from top in Gen.Int[3, 6]
            from width in Gen.Int[18, 21]
            from height in Gen.Int[16, 21]
            from greatest in Gen.Int[252, 255]
            from levels in Gen.Int[0, greatest].Array[width * height]
            from faintest in Gen.Int[0, 3].Select(i => ((byte[])[0, 10, 10, 11])[i])
            from noise in Gen.Byte[0, faintest].Array[Side * Side]
            select Place(left, top, width, levels, noise);
        int taken = 0;
        picture.Sample(
            pixels =>
            {
                bool expected = ByPlainLoops(pixels);
                if (expected)
                    Interlocked.Increment(ref taken);
                return MnistStatistics.AreThoseOf(pixels) == expected;
            },
            iter: 20_000);
        Assert.InRange(taken, 20, 19_000);
    }

    private static byte[] Place(int left, int top, int width, int[] levels, byte[] noise)
    {
        byte[] pixels = [.. noise];
        for (int i = 0; i < levels.Length; i++)
        {
            (int x, int y) = (left + (i % width), top + (i / width));
            if (x < Side && y < Side)
                pixels[(y * Side) + x] = (byte)levels[i];
        }

        return pixels;
    }

    private static bool ByPlainLoops(byte[] pixels)
    {
        int[] ink = [.. Enumerable.Range(0, Side * Side).Where(i => pixels[i] > 10)];
        if (ink.Length == 0)
            return false;
        int width = ink.Max(i => i % Side) - ink.Min(i => i % Side) + 1, height = (ink[^1] / Side) - (ink[0] / Side) + 1;
        double mass = ink.Sum(i => pixels[i]);
        double across = ink.Sum(i => pixels[i] * (i % Side)) / mass, down = ink.Sum(i => pixels[i] * (i / Side)) / mass;
        return pixels.Max() >= 254 && Math.Max(width, height) is 19 or 20 && across is >= 13.4 and <= 14.6 && down is >= 13.4 and <= 14.6;
    }

    private static byte[] Inverted(byte[] levels) => [.. levels.Select(level => (byte)~level)];

    private static byte[] Png(byte[] levels) => PngBytes.File(Side, Side, 8, 0, PngBytes.Filter(levels, Side, _ => 0));

    private static byte[] Decode(byte[] levels, ImagePreparation preparation)
    {
        byte[] pixels = new byte[Side * Side];
        Assert.True(new DigitImageDecoder(preparation).TryDecode(Png(levels), pixels, out _, out string? error), error);
        return pixels;
    }
}
