namespace MnistAdder.Serving.Images.Ink;

/// <summary>How far what was chosen as an image's digit is like one.</summary>
/// <param name="Likelihood">How much speaks for it, 0 to 1.</param>
/// <param name="StandsFree">Whether it is clear and there is no ink at the border: then nothing else can be paper or ink.</param>
/// <param name="Warnings">What casts doubt on it.</param>
/// <remarks>
/// Assumes that a digit has nearly all of the image's ink in one part, made of strokes, larger than a speck and hardly at the border, on a
/// paper that varies less than the image.
/// </remarks>
internal readonly record struct Verdict(double Likelihood, bool StandsFree, ImageWarnings Warnings)
{
    // What speaks against a digit, in parts of what speaks for it.
    private const double BorderDoubt = 0.5;
    private const double SolidDoubt = 0.6;
    private const double SmallDoubt = 0.2;
    private const double RimDoubt = 0.5;
    private const double PageDoubt = 0.5;

    // In parts of the image's longer side, and in pixels.
    private const double SmallDigit = 0.2;
    private const int SpeckPixels = 12;
    private const double SpeckSolidity = 0.25;

    // A page has holes where the digit is, and is wider between them than strokes are; ink on a page that touches the image's border isn't
    // told from it. In parts of its box's longer side, its box, its box's sides and its outline.
    private const double WideStroke = 0.12;
    private const double FilledShare = 0.85;
    private const double AlongPage = 0.6;
    private const double AtBorder = 0.1;

    // In parts of its box's sides. A bar is longer than that many times its width: upright it is a 1.
    private const double AlongRectangle = 0.65;
    private const double BarAspect = 4;

    // In parts of all ink, and of the digit's longer side.
    private const double DigitsShare = 0.4;
    private const double SimilarSize = 0.6;

    // From what likelihood on nothing else need be tried, if no ink is at the border.
    private const double ClearOnPlain = 0.5;
    private const double ClearInPhoto = 0.9;

    // Full ink of less contrast is faint: in parts of the levels' range, in grey levels, in noise that ink must exceed.
    private const double RangeShare = 0.6;
    private const int LowContrast = 24;
    private const double NoisesToInk = 1.3;

    /// <summary>Judges the choice of a digit.</summary>
    /// <param name="reading">What was read.</param>
    public static Verdict Of(in Evidence reading)
    {
        InkPart main = reading.Digit[0];
        int width = reading.Image.Width, height = reading.Image.Height;
        PixelBox box = InkPart.BoxOf(reading.Digit);
        int contact = reading.Digit.Sum(part => part.Contact.Total);
        double share = main.Energy / Math.Max(main.Energy, reading.Energy);
        double along = reading.Parts.AlongBox(main);
        bool isSmall = box.LongSide < SmallDigit * reading.Image.LongSide;
        bool isPage = main.Contact.Total < AtBorder * main.Outline && main.StrokeWidth >= WideStroke * main.Box.LongSide
            && main.Pixels <= FilledShare * main.Box.Area && along >= AlongPage;

        double likelihood = share
            - (BorderDoubt * contact / (2.0 * (width + height)))
            - (SolidDoubt * main.Solidity)
            - (isSmall ? SmallDoubt : 0)
            - (DigitParts.IsRim(main, width, height) ? RimDoubt : 0)
            - (isPage ? PageDoubt : 0);
        double contrast = Math.Min(1, reading.Full / (RangeShare * Math.Max(1, reading.Image.Range())));
        bool isClear = reading.Paper.IsPlain ? isSmall || likelihood * contrast > ClearOnPlain : likelihood * contrast > ClearInPhoto;
        bool standsFree = isClear && contact == 0 && reading.Others.All(part => part.Contact.Total == 0);

        ImageWarnings warnings = ImageWarnings.None;
        if (share < DigitsShare || reading.Digit.Skip(1).Concat(reading.Others).Any(part => StandsBeside(part, main)))
            warnings |= ImageWarnings.SeveralInks;
        if (contact > 0)
            warnings |= ImageWarnings.InkAtBorder;
        bool isLittle = isSmall && (main.Solidity > SpeckSolidity || main.Pixels < SpeckPixels || reading.Lines > 1);
        if (isLittle)
            warnings |= ImageWarnings.LittleInk;
        bool isUprightBar = main.Box.Height >= BarAspect * main.Box.Width;
        if ((main.Solidity > 0.5 && !isLittle) || (along >= AlongRectangle && !isUprightBar))
            warnings |= ImageWarnings.Rectangle;
        if (reading.Full < Math.Max(LowContrast, NoisesToInk * reading.Noise))
            warnings |= ImageWarnings.LowContrast;
        return new Verdict(Math.Max(0, likelihood - reading.Paper.Doubt) * contrast, standsFree, warnings);
    }

    private static bool StandsBeside(InkPart part, InkPart main) =>
        part.Box.GapAcross(main.Box) > 0 && part.Box.LongSide >= SimilarSize * main.Box.LongSide && part.Solidity < 0.5;
}

/// <summary>What a digit is judged by.</summary>
/// <param name="Image">The image.</param>
/// <param name="Paper">What is taken for its paper.</param>
/// <param name="Noise">A difference from the paper that its noise hardly reaches.</param>
/// <param name="Full">The strength of full ink.</param>
/// <param name="Energy">The sum of the squares of all differences from the paper, but for rims, filled shapes and lines.</param>
/// <param name="Lines">How many printed lines were cleared.</param>
/// <param name="Parts">The parts of the ink.</param>
/// <param name="Digit">Those that were chosen, the main one first.</param>
/// <param name="Others">Those that weren't, but for rims.</param>
internal readonly record struct Evidence(
    GreyPlane Image, Paper Paper, int Noise, int Full, double Energy, int Lines, InkParts Parts, IReadOnlyList<InkPart> Digit, IReadOnlyList<InkPart> Others);
