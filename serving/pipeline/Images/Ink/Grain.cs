using System.Buffers;

namespace MnistAdder.Serving.Images.Ink;

/// <summary>Smooths strong grain, so that ink stands out from it.</summary>
/// <remarks>
/// Assumes that grain differs from pixel to pixel while ink and light don't. Its strength is what a Laplacian of differences leaves of
/// most pixels: J. Immerkær, "Fast noise variance estimation", Computer Vision and Image Understanding 64 (1996), with the lower
/// quartile for the mean, so that edges don't count.
/// </remarks>
internal static class Grain
{
    // In grey levels; today's cameras stay below, but for the dark.
    private const double Bearable = 9;
    private const double Wanted = 5;

    // More would smooth strokes away: parts of the image's long side.
    private const int LeastParts = 14;

    // A mean over k pixels taken twice weighs them as a triangle: per direction √(2/(3k)) of the deviation is left.
    private const double TwiceAveraged = 2.0 / 3;

    // The kernel's norm times the lower quartile of a normal distribution's magnitude.
    private const double QuartileResponse = 6 * 0.3186;
    private const int LeastSide = 5;

    /// <summary>Smooths an image in place where its grain is strong.</summary>
    /// <returns>The standard deviation in grey levels of what grain is left.</returns>
    public static double Smooth(GreyPlane image)
    {
        if (image.ShortSide < LeastSide)
            return 0;
        double strength = Strength(image);
        if (strength <= Bearable)
            return strength;
        int side = Math.Min((int)Math.Ceiling(strength / Wanted), Math.Max(3, image.LongSide / LeastParts)) | 1;
        for (int round = 0; round < 2; round++)
        {
            for (int y = 0; y < image.Height; y++)
                Average(image.Levels, y * image.Width, 1, image.Width, side / 2);
            for (int x = 0; x < image.Width; x++)
                Average(image.Levels, x, image.Width, image.Height, side / 2);
        }

        return strength * TwiceAveraged / side;
    }

    /// <summary>The standard deviation of an image's grain in grey levels.</summary>
    public static double Strength(GreyPlane image)
    {
        // The greatest response is 4·255 + 4·255·2 to one side.
        int[] histogram = new int[(8 * byte.MaxValue) + 1];
        int count = 0;
        for (int y = 1; y < image.Height - 1; y++)
        {
            ReadOnlySpan<byte> above = image.Row(y - 1), row = image.Row(y), below = image.Row(y + 1);
            for (int x = 1; x < row.Length - 1; x++)
            {
                int response = above[x - 1] + above[x + 1] + below[x - 1] + below[x + 1] + (4 * row[x])
                    - (2 * (above[x] + below[x] + row[x - 1] + row[x + 1]));
                histogram[Math.Abs(response)]++;
                count++;
            }
        }

        int quartile = 0;
        for (int seen = histogram[0]; seen * 4 < count; seen += histogram[quartile])
            quartile++;
        return quartile / QuartileResponse;
    }

    // A running mean along a line, with the line's ends repeated beyond it.
    private static void Average(Span<byte> levels, int first, int step, int length, int reach)
    {
        byte[] line = ArrayPool<byte>.Shared.Rent(length);
        for (int i = 0; i < length; i++)
            line[i] = levels[first + (i * step)];
        int side = (2 * reach) + 1;
        int sum = 0;
        for (int i = -reach; i <= reach; i++)
            sum += line[Math.Clamp(i, 0, length - 1)];
        for (int i = 0; i < length; i++)
        {
            levels[first + (i * step)] = (byte)((sum + (side / 2)) / side);
            sum += line[Math.Min(i + reach + 1, length - 1)] - line[Math.Max(i - reach, 0)];
        }

        ArrayPool<byte>.Shared.Return(line);
    }
}
