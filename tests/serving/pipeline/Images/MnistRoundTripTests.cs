using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images;

/// <summary>Real MNIST digits, enlarged onto a larger sheet, have to come back as they were.</summary>
public class MnistRoundTripTests
{
    private const int Side = MnistGeometry.Side;
    private const int Digits = 80;

    [Theory]
    [InlineData(1, SKFilterQuality.None, 1.5, 0.9)]
    [InlineData(4, SKFilterQuality.None, 1.5, 0.9)]
    [InlineData(10, SKFilterQuality.None, 1.5, 0.9)]
    [InlineData(4, SKFilterQuality.High, 10, 0.7)]
    [InlineData(10, SKFilterQuality.High, 10, 0.7)]
    public void An_enlarged_digit_comes_back_in_its_place(int scale, SKFilterQuality quality, double tolerance, double leastInPlace)
    {
        byte[] images = FirstTrainingImages(Digits);
        var decoder = new DigitImageDecoder(ImagePreparation.Mnist);
        var random = new Random(scale);
        double difference = 0;
        int inPlace = 0;
        for (int i = 0; i < Digits; i++)
        {
            ReadOnlySpan<byte> original = images.AsSpan(i * Side * Side, Side * Side);
            byte[] pixels = new byte[Side * Side];
            Assert.True(decoder.TryDecode(Enlarge(original, scale, quality, random), pixels, out _, out string? error), error);
            (double least, bool central) = LeastDifference(original, pixels);
            difference += least / Digits;
            inPlace += central ? 1 : 0;
        }

        Assert.InRange(difference, 0, tolerance);
        Assert.InRange(inPlace, leastInPlace * Digits, Digits);
    }

    private static byte[] FirstTrainingImages(int count)
    {
        string path = Directory.GetFiles(RealMnist.FolderOrSkip(), "train-images*").Order(StringComparer.Ordinal).First();
        return IdxFile.ReadImages(path)[..(count * Side * Side)];
    }

    // Dark on white, somewhere on a sheet of twice the size.
    private static byte[] Enlarge(ReadOnlySpan<byte> digit, int scale, SKFilterQuality quality, Random random)
    {
        using SKBitmap small = DrawnDigits.Sheet(Side, Side, SKColors.White);
        for (int i = 0; i < digit.Length; i++)
        {
            byte level = (byte)~digit[i];
            small.SetPixel(i % Side, i / Side, new SKColor(level, level, level));
        }

        int side = Side * scale;
        using SKBitmap large = small.Resize(new SKImageInfo(side, side, SKColorType.Bgra8888, SKAlphaType.Unpremul), quality);
        SKBitmap sheet = DrawnDigits.Sheet((2 * side) + 7, (2 * side) + 7, SKColors.White);
        using var canvas = new SKCanvas(sheet);
        canvas.DrawBitmap(large, random.Next(side), random.Next(side));
        return sheet.Encoded();
    }

    // The least mean difference in grey levels over shifts of up to two pixels, and whether no shift gives it.
    private static (double Difference, bool Central) LeastDifference(ReadOnlySpan<byte> original, byte[] pixels)
    {
        double least = double.MaxValue;
        bool central = false;
        for (int shiftY = -2; shiftY <= 2; shiftY++)
        {
            for (int shiftX = -2; shiftX <= 2; shiftX++)
            {
                double sum = 0;
                for (int i = 0; i < original.Length; i++)
                {
                    int x = (i % Side) + shiftX, y = (i / Side) + shiftY;
                    int level = x is >= 0 and < Side && y is >= 0 and < Side ? pixels[(y * Side) + x] : 0;
                    sum += Math.Abs(level - original[i]);
                }

                if (sum / original.Length < least)
                    (least, central) = (sum / original.Length, shiftX == 0 && shiftY == 0);
            }
        }

        return (least, central);
    }
}
