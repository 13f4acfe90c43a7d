namespace MnistAdder.Serving.Images.Ink;

/// <summary>How strong an image's ink is.</summary>
/// <param name="Strong">Above this, a pixel is surely ink: half of what ink typically has.</param>
/// <param name="Full">The strength of full ink: nine tenths of the strong pixels don't exceed it. 0 where there is no ink.</param>
internal readonly record struct InkLevels(int Strong, int Full)
{
    private const double ShareUpToFull = 0.9;

    /// <summary>Measures the ink of an image.</summary>
    /// <param name="strengths">Strengths of ink, 0…255.</param>
    /// <param name="noise">What is no stronger than this isn't looked at.</param>
    public static InkLevels Of(ReadOnlySpan<byte> strengths, int noise)
    {
        Span<int> histogram = stackalloc int[256];
        histogram.Clear();
        foreach (byte strength in strengths)
            histogram[strength]++;

        int strong = (int)(Typical(histogram, noise) / 2);
        return new InkLevels(strong, Quantile(histogram, Math.Max(noise, strong)));
    }

    /// <summary>Scales strengths so that full ink becomes 255.</summary>
    public void Stretch(Span<byte> strengths)
    {
        foreach (ref byte strength in strengths)
            strength = (byte)Math.Min(255, ((strength * 255) + (Full / 2)) / Full);
    }

    // The mean strength of the ink, each pixel counted by its strength: near the strokes' core, whatever their edges are like.
    private static double Typical(ReadOnlySpan<int> histogram, int noise)
    {
        double sum = 0, squares = 0;
        for (int strength = noise + 1; strength < histogram.Length; strength++)
        {
            sum += (double)histogram[strength] * strength;
            squares += (double)histogram[strength] * strength * strength;
        }

        return sum == 0 ? 0 : squares / sum;
    }

    private static int Quantile(ReadOnlySpan<int> histogram, int floor)
    {
        long total = 0;
        foreach (int count in histogram[(floor + 1)..])
            total += count;
        long seen = 0;
        for (int strength = floor + 1; strength < histogram.Length && total > 0; strength++)
        {
            seen += histogram[strength];
            if (seen >= ShareUpToFull * total)
                return strength;
        }

        return 0;
    }
}
