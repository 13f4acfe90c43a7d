namespace MnistAdder.OnnxQuantization.Calibration;

/// <summary>What 8 bits stand for: (byte − zero point) · scale.</summary>
/// <param name="Scale">Above 0.</param>
/// <param name="ZeroPoint">The byte that stands for exactly 0, which every range holds.</param>
internal readonly record struct Quantization(float Scale, byte ZeroPoint)
{
    // Where nothing but zeros were seen, or numbers that no product of scales would leave above nought.
    private const float LeastScale = 1e-18f;

    /// <summary>The 256 steps that reach over a range, which is widened to hold 0.</summary>
    public static Quantization Over(float least, float greatest)
    {
        (double low, double high) = (Math.Min(least, 0), Math.Max(greatest, 0));
        float scale = (float)((high - low) / byte.MaxValue);
        if (!(scale >= LeastScale))
            return new Quantization(high > low ? LeastScale : 1, 0);
        return new Quantization(scale, (byte)Math.Clamp(Math.Round(-low / scale), byte.MinValue, byte.MaxValue));
    }

    /// <summary>The number that a byte stands for.</summary>
    public float Value(byte bits) => (bits - ZeroPoint) * Scale;
}
