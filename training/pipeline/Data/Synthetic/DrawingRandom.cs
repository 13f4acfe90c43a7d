using MnistAdder.Training.Base;

namespace MnistAdder.Training.Data.Synthetic;

/// <summary>The random numbers behind one drawing, in the distributions that drawing needs.</summary>
/// <param name="bits">Where they come from.</param>
internal sealed class DrawingRandom(SeededRandom bits)
{
    /// <summary>A number of 0…<paramref name="bound"/>−1, all equally likely.</summary>
    public int Below(int bound) => bits.NextInt(bound);

    /// <summary>A number above 0 and at most 1, all equally likely.</summary>
    public double Unit() => bits.NextUnit();

    /// <summary>A number between the two bounds, all equally likely.</summary>
    public float Between(double low, double high) => (float)(low + ((high - low) * Unit()));

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => Unit() <= probability;

    /// <summary>A number from the normal distribution.</summary>
    public float Normal(double mean, double deviation)
    {
        // Box and Muller's transform.
        double radius = Math.Sqrt(-2 * Math.Log(Unit()));
        return (float)(mean + (deviation * radius * Math.Cos(2 * Math.PI * Unit())));
    }

    /// <summary>A number from the normal distribution, brought back to the bounds where it lies outside them.</summary>
    public float Normal(double mean, double deviation, double low, double high) =>
        (float)Math.Clamp(Normal(mean, deviation), low, high);

    /// <summary>A number of at least 0 from the exponential distribution with mean 1.</summary>
    public double Exponential() => -Math.Log(Unit());
}
