using System.Buffers;

namespace MnistAdder.Serving.Images.Ink;

/// <summary>Finds a digit's ink in an image of any size, shade and polarity, and brings it to MNIST's geometry.</summary>
/// <remarks>
/// Large images are looked at in a reduced copy; where that shows the digit too small, its neighbourhood is taken from the
/// image itself and looked at again. Ink is what differs from the paper beyond the paper's own scatter, to the side (darker or
/// lighter) on which more of it differs.
/// </remarks>
internal static class InkFinder
{
    private const int AnalysisSide = 1024;
    private const int LeastDigitSide = 4 * MnistGeometry.Box;
    private const int StrokeSide = 8 * MnistGeometry.Box;

    // A difference of fewer grey levels is never ink.
    private const double LeastContrast = 8;
    private const double ScattersToInk = 4;

    // Ink fainter than this share of full ink belongs to the paper.
    private const double FaintShare = 0.06;

    // Connected pixels that noise alone brings above the threshold now and then.
    private const int NoisePixels = 12;

    // In pixels of MNIST's box, where the mean width of strokes is 1.5 to 3.3 in 98 of 100 training images.
    private const double ThinStroke = 1.4;
    private const double WidenedStroke = 2;

    // Blurred strokes end, as far as their size goes, where they fall below this.
    private const byte EdgeLevel = 40;

    /// <summary>Brings an image's digit to 28×28.</summary>
    /// <param name="levels">Grey levels in row order, 0 = black.</param>
    /// <param name="width">Width of the image in pixels.</param>
    /// <param name="height">Height of the image in pixels.</param>
    /// <param name="pixels">Receives 28×28 levels, 255 = full ink.</param>
    /// <returns>Whether the image has ink.</returns>
    public static bool TryPrepare(ReadOnlySpan<byte> levels, int width, int height, Span<byte> pixels)
    {
        var area = new PixelBox(0, 0, width, height);
        while (true)
        {
            int factor = ((area.LongSide - 1) / AnalysisSide) + 1;
            using var ink = GreyPlane.Reduced(levels, width, area, factor);
            if (!TryExtract(ink, out PixelBox box))
                return false;
            if (factor > 1 && box.LongSide < LeastDigitSide)
            {
                PixelBox around = box.Enlarged(factor, margin: box.LongSide * factor / 2, area.Width, area.Height);
                area = around with { Left = area.Left + around.Left, Top = area.Top + around.Top };
                continue;
            }

            return TryFit(ink, box, pixels);
        }
    }

    private static bool TryFit(in GreyPlane ink, PixelBox box, Span<byte> pixels)
    {
        using var digit = GreyPlane.Reduced(ink.Levels, ink.Width, box, ((box.LongSide - 1) / StrokeSide) + 1);
        InkLevels.Of(digit.Levels, noise: 0).Stretch(digit.Levels); // thin strokes have faded
        if (!StrokeWidth.TryWiden(digit, ThinStroke, WidenedStroke, out GreyPlane wider))
            return MnistGeometry.Fit(digit.Levels, digit.Width, digit.Height, pixels, EdgeLevel);
        using (wider)
            return MnistGeometry.Fit(wider.Levels, wider.Width, wider.Height, pixels, EdgeLevel);
    }

    // From grey levels to strengths of ink, in place: 0 where there is none, 255 for full ink.
    private static bool TryExtract(in GreyPlane image, out PixelBox box)
    {
        box = default;
        var paper = Paper.Of(image);
        double noise = Math.Clamp(ScattersToInk * paper.Scatter, LeastContrast, byte.MaxValue - 1);
        SubtractPaper(image, paper, noise);

        var levels = InkLevels.Of(image.Levels, (int)noise);
        if (levels.Full == 0)
            return false;

        int faint = (int)Math.Max(Math.Min(noise, levels.Strong), FaintShare * levels.Full);
        int leastPixels = paper.Scatter > 1 ? NoisePixels : 1;
        if (!InkComponents.TryKeepStrokes(image, faint, levels.Strong, leastPixels, out box))
            return false;

        levels.Stretch(image.Levels);
        return true;
    }

    private static void SubtractPaper(in GreyPlane image, in Paper paper, double noise)
    {
        float[] shades = ArrayPool<float>.Shared.Rent(image.Width);
        Span<float> row = shades.AsSpan(0, image.Width);
        double darker = 0, lighter = 0;
        for (int y = 0; y < image.Height; y++)
        {
            paper.ShadesOfRow(y, row);
            ReadOnlySpan<byte> levels = image.Row(y);
            for (int x = 0; x < row.Length; x++)
            {
                float difference = row[x] - levels[x];
                if (difference > noise)
                    darker += difference * difference;
                else if (-difference > noise)
                    lighter += difference * difference;
            }
        }

        float sign = darker >= lighter ? 1 : -1;
        for (int y = 0; y < image.Height; y++)
        {
            paper.ShadesOfRow(y, row);
            Span<byte> levels = image.Row(y);
            for (int x = 0; x < row.Length; x++)
                levels[x] = (byte)Math.Clamp((sign * (row[x] - levels[x])) + 0.5f, 0, 255);
        }

        ArrayPool<float>.Shared.Return(shades);
    }
}
