namespace MnistAdder.Serving.Images.Ink;

/// <summary>Sharpens ink whose edges are as wide as its strokes.</summary>
/// <remarks>Assumes that a blurred stroke is as wide as before where it has half its strength.</remarks>
internal static class Blur
{
    // In parts of the image's longer side: how wide an edge is. Those of MNIST's digits have about 0.05 of 28 pixels.
    private const double WideEdge = 0.11;

    // In parts of full ink: what becomes none and full.
    private const double Low = 0.35;
    private const double High = 0.75;

    /// <summary>Sharpens ink in place where it is blurred.</summary>
    /// <param name="ink">Strengths of ink.</param>
    /// <param name="full">The strength of full ink, which stays.</param>
    /// <returns>Whether it is.</returns>
    public static bool TrySharpen(GreyPlane ink, int full)
    {
        if (EdgeWidth(ink, full) < WideEdge * ink.LongSide)
            return false;
        foreach (ref byte strength in ink.Levels)
            strength = (byte)(Math.Clamp((strength - (Low * full)) / ((High - Low) * full), 0, 1) * full);
        return true;
    }

    // From no ink to full ink in pixels, at the mean slope, each weighed by itself: that of edges, however many pixels have none.
    private static double EdgeWidth(GreyPlane ink, int full)
    {
        double sum = 0, squares = 0;
        for (int y = 1; y < ink.Height - 1; y++)
        {
            ReadOnlySpan<byte> above = ink.Row(y - 1), row = ink.Row(y), below = ink.Row(y + 1);
            for (int x = 1; x < row.Length - 1; x++)
            {
                double across = (row[x + 1] - row[x - 1]) / 2.0, down = (below[x] - above[x]) / 2.0;
                double square = (across * across) + (down * down);
                sum += Math.Sqrt(square);
                squares += square;
            }
        }

        return squares == 0 ? 0 : full * sum / squares;
    }
}
