using System.Runtime.CompilerServices;

namespace MnistAdder.Serving.Images;

/// <summary>Colour with premultiplied alpha to grey.</summary>
internal static class Composite
{
    // Fainter than this, an image over white counts as invisible, and is laid over black if it has any transparency.
    private const int LeastContrast = 12;

    /// <summary>Turns four bytes a pixel into grey levels over white, or over black where nothing can be seen over white.</summary>
    /// <param name="pixels">Four bytes per pixel, colours premultiplied: blue, green, red, alpha or red, green, blue, alpha.</param>
    /// <param name="redFirst">Whether red comes first.</param>
    /// <param name="grey">Receives the levels and whether they are exact.</param>
    public static void ToGrey(ReadOnlySpan<byte> pixels, bool redFirst, GreyImage grey)
    {
        Summary summary = Lay(pixels, redFirst, paper: 255, grey.Levels);
        if (!summary.Opaque && summary.Brightest - summary.Darkest < LeastContrast)
            Lay(pixels, redFirst, paper: 0, grey.Levels);
        grey.IsExact = summary.Opaque && summary.Colourless;
    }

    private static Summary Lay(ReadOnlySpan<byte> pixels, bool redFirst, int paper, Span<byte> levels)
    {
        int redAt = redFirst ? 0 : 2;
        int blueAt = 2 - redAt;
        int colour = 0, transparency = 0, darkest = 255, brightest = 0;
        for (int i = 0; i < levels.Length; i++)
        {
            int red = pixels[(4 * i) + redAt], green = pixels[(4 * i) + 1], blue = pixels[(4 * i) + blueAt];
            int uncovered = 255 - pixels[(4 * i) + 3];
            colour |= (red ^ green) | (green ^ blue);
            transparency |= uncovered;
            int level = Math.Min(255, Grey(red, green, blue) + (uncovered * paper / 255));
            levels[i] = (byte)level;
            darkest = Math.Min(darkest, level);
            brightest = Math.Max(brightest, level);
        }

        return new Summary(transparency == 0, colour == 0, darkest, brightest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Grey(int red, int green, int blue) => ((77 * red) + (150 * green) + (29 * blue) + 128) >> 8;

    private readonly record struct Summary(bool Opaque, bool Colourless, int Darkest, int Brightest);
}
