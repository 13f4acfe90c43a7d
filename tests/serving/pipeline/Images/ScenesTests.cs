namespace MnistAdder.Serving.Tests.Images;

public class ScenesTests
{
    private const int Side = MnistGeometry.Side;

    private static readonly byte[][] s_models = [.. Enumerable.Range(0, 10).Select(digit => Prepare(Scenes.All["black on white"](digit)))];

    public static TheoryData<string> Names => [.. Scenes.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_digit_of_every_scene_comes_out_like_MNIST(string scene)
    {
        for (int digit = 0; digit < 10; digit++)
        {
            byte[] pixels = Prepare(Scenes.All[scene](digit));
            Assert.Equal(digit, Nearest(pixels));
            Assert.True(Likeness(pixels, s_models[digit]) > 0.85, $"{digit} is unlike itself on plain paper");
            AssertLikeMnist(pixels);
        }
    }

    // Bounds that 99 of 100 MNIST training images keep, with a little room.
    private static void AssertLikeMnist(byte[] pixels)
    {
        int[] ink = [.. Enumerable.Range(0, Side * Side).Where(i => pixels[i] > 40)];
        int width = ink.Max(i => i % Side) - ink.Min(i => i % Side) + 1;
        int height = ink.Max(i => i / Side) - ink.Min(i => i / Side) + 1;
        Assert.InRange(Math.Max(width, height), 19, 20);
        Assert.InRange(pixels.Max(), (byte)200, (byte)255);
        Assert.InRange(pixels.Average(level => level), 8, 75);
        Assert.All(pixels[..Side], level => Assert.Equal(0, level));

        double mass = pixels.Sum(level => level);
        Assert.InRange(pixels.Select((level, i) => level * ((i % Side) + 0.5)).Sum() / mass, 13.9, 15.1);
        Assert.InRange(pixels.Select((level, i) => level * ((i / Side) + 0.5)).Sum() / mass, 13.9, 15.1);
    }

    private static int Nearest(byte[] pixels) => Enumerable.Range(0, 10).MaxBy(digit => Likeness(pixels, s_models[digit]));

    // The greatest cosine between two blurred pictures over shifts of up to two pixels: pens differ in width, and so do centres of mass.
    private static double Likeness(byte[] a, byte[] b)
    {
        double[] blurred = Blur(a, 0, 0);
        return (from shiftY in Enumerable.Range(-2, 5)
                from shiftX in Enumerable.Range(-2, 5)
                select Cosine(blurred, Blur(b, shiftX, shiftY))).Max();

        static double Cosine(double[] x, double[] y) => Product(x, y) / Math.Sqrt(Product(x, x) * Product(y, y));
        static double Product(double[] x, double[] y) => x.Zip(y, (v, w) => v * w).Sum();
    }

    private static double[] Blur(byte[] pixels, int shiftX, int shiftY)
    {
        double[] blurred = new double[pixels.Length];
        for (int i = 0; i < blurred.Length; i++)
        {
            for (int near = 0; near < 9; near++)
            {
                int x = (i % Side) + shiftX + (near % 3) - 1, y = (i / Side) + shiftY + (near / 3) - 1;
                if (x is >= 0 and < Side && y is >= 0 and < Side)
                    blurred[i] += pixels[(y * Side) + x];
            }
        }

        return blurred;
    }

    private static byte[] Prepare(byte[] file)
    {
        byte[] pixels = new byte[Side * Side];
        Assert.True(new DigitImageDecoder().TryDecode(file, pixels, out _, out string? error), error);
        return pixels;
    }
}
