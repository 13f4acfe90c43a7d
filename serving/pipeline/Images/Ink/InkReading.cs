using System.Buffers;

namespace MnistAdder.Serving.Images.Ink;

/// <summary>What an image's ink is if its paper is what it is taken for: the strengths of the digit's strokes, and how likely they are a digit.</summary>
internal sealed class InkReading : IDisposable
{
    // Ink fainter than this share of full ink belongs to the paper.
    private const double FaintShare = 0.06;

    // Connected pixels that noise alone brings above the threshold now and then.
    private const int NoisePixels = 12;

    // What is left of squared paper once its lines are cleared is less likely a digit.
    private const double LeastBesideLines = 0.3;

    private InkReading(GreyPlane ink) => Ink = ink;

    /// <summary>Strengths of ink: 0 where there is none, 255 for full ink.</summary>
    public GreyPlane Ink { get; }

    /// <summary>Where the digit is; undefined where there is none.</summary>
    public PixelBox Box { get; private set; }

    /// <summary>How far it is like a digit; <see langword="null"/> where there is no ink.</summary>
    public Verdict? Verdict { get; private set; }

    /// <summary>Reads an image's ink.</summary>
    /// <param name="image">The image.</param>
    /// <param name="paper">Its paper.</param>
    /// <param name="grain">The standard deviation of the image's grain.</param>
    /// <param name="polarity">Whether the ink is darker than the paper; the side on which more differs where it isn't said.</param>
    /// <param name="witness">Sees the image between the steps.</param>
    public static InkReading Of(GreyPlane image, in Paper paper, double grain, Polarity polarity, IPreparationWitness? witness)
    {
        var reading = new InkReading(new GreyPlane(image.Width, image.Height));
        reading.Read(image, paper, (int)paper.Noise(grain), polarity, witness);
        return reading;
    }

    /// <inheritdoc/>
    public void Dispose() => Ink.Dispose();

    private void Read(GreyPlane image, in Paper paper, int noise, Polarity polarity, IPreparationWitness? witness)
    {
        SubtractPaper(image, paper, noise, polarity, out double against);
        witness?.See("ink", Ink.Levels, Ink.Width);
        if (!TryMeasure(noise, out InkLevels levels, out int faint))
            return;

        int lines = Rulings.Clear(Ink, faint);
        if (lines > 0 && !TryMeasure(noise, out levels, out faint))
            return;
        witness?.See("rulings", Ink.Levels, Ink.Width);

        using var blurred = InkParts.Of(Ink, faint, levels.Strong);
        using InkParts? sharpened = Blur.TrySharpen(Ink, levels.Full) ? InkParts.Of(Ink, faint, levels.Strong) : null;
        witness?.See("blur", Ink.Levels, Ink.Width);

        InkParts parts = sharpened ?? blurred;
        List<InkPart> digit = DigitParts.Choose(parts.All, paper.IsSpotless ? 1 : NoisePixels, Ink.Width, Ink.Height);
        if (digit.Count == 0)
            return;
        List<InkPart> others = [.. parts.All.Where(part => !digit.Contains(part) && !IsRim(part))];
        double energy = against + blurred.All.Where(part => !IsRim(part)).Sum(part => part.Energy * (1 - part.Solidity));
        var verdict = Images.Ink.Verdict.Of(new Evidence(image, paper, noise, levels.Full, energy, lines, parts, digit, others));
        if (lines > 1 && verdict.Likelihood < LeastBesideLines)
            return;

        Verdict = verdict;
        Box = InkPart.BoxOf(digit);
        parts.KeepOnly(digit, Ink);
        levels.Stretch(Ink.Levels);
        witness?.See("digit", Ink.Levels, Ink.Width);
    }

    private bool IsRim(InkPart part) => DigitParts.IsRim(part, Ink.Width, Ink.Height);

    private bool TryMeasure(int noise, out InkLevels levels, out int faint)
    {
        levels = InkLevels.Of(Ink.Levels, noise);
        faint = (int)Math.Max(Math.Min(noise, levels.Strong), FaintShare * levels.Full);
        return levels.Full > 0;
    }

    // From grey levels to strengths of ink. What differs from the paper to the other side is no ink: the sum of its squares.
    private void SubtractPaper(GreyPlane image, in Paper paper, int noise, Polarity polarity, out double against)
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

        bool isDark = polarity == Polarity.Dark || (polarity == Polarity.Unknown && darker >= lighter);
        against = isDark ? lighter : darker;
        float sign = isDark ? 1 : -1;
        for (int y = 0; y < image.Height; y++)
        {
            paper.ShadesOfRow(y, row);
            ReadOnlySpan<byte> levels = image.Row(y);
            Span<byte> strengths = Ink.Row(y);
            for (int x = 0; x < row.Length; x++)
                strengths[x] = (byte)Math.Clamp((sign * (row[x] - levels[x])) + 0.5f, 0, 255);
        }

        ArrayPool<float>.Shared.Return(shades);
    }
}

/// <summary>How ink differs from its paper.</summary>
internal enum Polarity
{
    /// <summary>It isn't known.</summary>
    Unknown,

    /// <summary>Dark ink on lighter paper.</summary>
    Dark,

    /// <summary>Light ink on darker paper.</summary>
    Light,
}
