namespace MnistAdder.Serving.Images.Ink;

/// <summary>Finds a digit's ink in an image of any size, shade and polarity, and brings it to MNIST's geometry.</summary>
/// <remarks>
/// <para>
/// The steps, each a type that says what it assumes: a reduced copy, <see cref="Grain"/> smoothed, the <see cref="Page"/> found in it, its
/// <see cref="Paper"/> subtracted, <see cref="Rulings"/> cleared, <see cref="Blur"/> sharpened, the digit's parts chosen
/// (<see cref="DigitParts"/>) and judged (<see cref="Verdict"/>), thin strokes widened (<see cref="StrokeWidth"/>), and the digit brought
/// to MNIST's box. From the paper to the verdict is one reading; where it isn't clear, other papers are tried, and the likeliest counts.
/// </para>
/// <para>
/// Where the reduced copy shows the digit too small, its neighbourhood is taken from the image itself and looked at again.
/// </para>
/// </remarks>
internal static class InkFinder
{
    private const int AnalysisSide = 1024;
    private const int LeastDigitSide = 4 * MnistGeometry.Box;
    private const int StrokeSide = 8 * MnistGeometry.Box;

    // A reading that is less likely is compared with others.
    private const double Likely = 0.92;

    // Where the border doesn't tell, ink is dark rather than light.
    private const double LightDoubt = 0.25;
    private const double DarkDoubt = 0.05;

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
    /// <param name="warnings">What casts doubt on it.</param>
    /// <param name="witness">Sees the image between the steps.</param>
    /// <returns>Whether the image has ink.</returns>
    public static bool TryPrepare(ReadOnlySpan<byte> levels, int width, int height, Span<byte> pixels, out ImageWarnings warnings, IPreparationWitness? witness = null)
    {
        warnings = ImageWarnings.None;
        var area = new PixelBox(0, 0, width, height);
        while (true)
        {
            int factor = ((area.LongSide - 1) / AnalysisSide) + 1;
            using var image = GreyPlane.Reduced(levels, width, area, factor);
            witness?.See("reduced", image.Levels, image.Width);
            double grain = Grain.Smooth(image);
            witness?.See("smoothed", image.Levels, image.Width);
            PixelBox page = Page.Find(image);
            using var sheet = GreyPlane.Reduced(image.Levels, image.Width, page, 1);
            witness?.See("page", sheet.Levels, sheet.Width);
            using InkReading reading = Read(sheet, grain, witness);
            if (reading.Verdict is not { } verdict)
                return false;
            if (factor > 1 && reading.Box.LongSide < LeastDigitSide)
            {
                warnings |= verdict.Warnings & ImageWarnings.SeveralInks;
                PixelBox box = reading.Box.Within(page);
                area = box.Enlarged(factor, margin: box.LongSide * factor / 2, area.Width, area.Height).Within(area);
                continue;
            }

            warnings |= verdict.Warnings;
            return TryFit(reading.Ink, reading.Box, pixels);
        }
    }

    // With the paper that the border shows, and where that gives no digit that stands free, with the one that lies behind dark or light ink.
    private static InkReading Read(GreyPlane sheet, double grain, IPreparationWitness? witness)
    {
        InkReading best = InkReading.Of(sheet, Paper.Of(sheet), grain, Polarity.Unknown, witness);
        foreach (Polarity polarity in (Polarity[])[Polarity.Dark, Polarity.Light])
        {
            if (best.Verdict is { StandsFree: true } or { Likelihood: >= Likely })
                break;
            InkReading other = InkReading.Of(sheet, Paper.Behind(sheet, polarity), grain, polarity, witness);
            bool isBetter = IsBetter(other.Verdict, best.Verdict, lead: polarity == Polarity.Dark ? DarkDoubt : LightDoubt);
            (isBetter ? best : other).Dispose();
            if (isBetter)
                best = other;
        }

        return best;
    }

    // Where the border shows nothing but paper, what is as faint as noise is noise.
    private static bool IsBetter(Verdict? other, Verdict? best, double lead) => (other, best) switch
    {
        (null, _) => false,
        ({ } found, null) => !found.Warnings.HasFlag(ImageWarnings.LowContrast),
        ({ } found, { } before) => found.Likelihood > before.Likelihood + lead,
    };

    private static bool TryFit(GreyPlane ink, PixelBox box, Span<byte> pixels)
    {
        using var digit = GreyPlane.Reduced(ink.Levels, ink.Width, box, ((box.LongSide - 1) / StrokeSide) + 1);
        InkLevels.Of(digit.Levels, noise: 0).Stretch(digit.Levels); // thin strokes have faded
        if (!StrokeWidth.TryWiden(digit, ThinStroke, WidenedStroke, out GreyPlane? wider))
            return MnistGeometry.Fit(digit.Levels, digit.Width, digit.Height, pixels, EdgeLevel);
        using (wider)
            return MnistGeometry.Fit(wider.Levels, wider.Width, wider.Height, pixels, EdgeLevel);
    }
}
