namespace MnistAdder.Training.Data.Synthetic;

/// <summary>The ways in which people write each digit.</summary>
internal static class GlyphCatalog
{
    private static readonly GlyphStyle[][] All = [.. GlyphsZeroToFour.Styles, .. GlyphsFiveToNine.Styles];

    private static readonly float[] Heights = [0.89f, 0.92f, 1.0f, 0.97f, 1.06f, 1.04f, 1.1f, 0.98f, 1.05f, 1.13f];

    /// <summary>
    /// How tall people write a digit, relative to their other digits. A pen looks finer on a tall digit once all have one height.
    /// </summary>
    /// <param name="digit">0…9.</param>
    /// <returns>A factor near 1.</returns>
    public static float Height(int digit) => Heights[digit];

    /// <summary>Chooses a style of a digit as often as people do.</summary>
    /// <param name="digit">0…9.</param>
    /// <param name="random">Chooses.</param>
    /// <returns>The style.</returns>
    public static GlyphStyle Choose(int digit, DrawingRandom random)
    {
        GlyphStyle[] styles = All[digit];
        double rest = random.Unit() * styles.Sum(style => style.Weight);
        foreach (GlyphStyle style in styles)
        {
            rest -= style.Weight;
            if (rest < 0)
                return style;
        }

        // Rounding may leave a trace of the sum.
        return styles[^1];
    }
}
