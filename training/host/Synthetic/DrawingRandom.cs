namespace MnistAdder.Training.Synthetic;

/// <summary>The random numbers behind one drawing: they depend on the seed and the drawing's index alone.</summary>
/// <remarks>
/// SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). Not
/// <see cref="Random"/>: the sequence of a seed is this project's own and stays the same in later versions of .NET.
/// </remarks>
internal sealed class DrawingRandom
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    private ulong state;

    /// <summary>Starts the sequence of one drawing.</summary>
    /// <param name="seed">The seed of the whole set; any value.</param>
    /// <param name="index">The drawing's place in the set; any value.</param>
    public DrawingRandom(long seed, long index)
    {
        // Both go through the mixing function, so that neighbouring seeds and indices begin far apart.
        state = Mix(Mix((ulong)seed + GoldenGamma) ^ ((ulong)index * GoldenGamma));
    }

    /// <summary>A number of 0…<paramref name="bound"/>−1, all equally likely.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>A number from 0 up to, but not including, 1.</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number between the two bounds, all equally likely.</summary>
    public float Between(double low, double high) => (float)(low + ((high - low) * Unit()));

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => Unit() < probability;

    /// <summary>A number from the normal distribution.</summary>
    public float Normal(double mean, double deviation)
    {
        // Box and Muller's transform; 1 − u is never 0.
        double radius = Math.Sqrt(-2 * Math.Log(1 - Unit()));
        return (float)(mean + (deviation * radius * Math.Cos(2 * Math.PI * Unit())));
    }

    /// <summary>A number from the normal distribution, brought back to the bounds where it lies outside them.</summary>
    public float Normal(double mean, double deviation, double low, double high) =>
        (float)Math.Clamp(Normal(mean, deviation), low, high);

    /// <summary>A positive number from the exponential distribution with mean 1.</summary>
    public double Exponential() => -Math.Log(1 - Unit());

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private ulong Next() => Mix(state += GoldenGamma);
}
