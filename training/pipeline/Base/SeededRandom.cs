using System.Numerics;
using static TorchSharp.torch;

namespace MnistAdder.Training.Base;

/// <summary>
/// A random generator whose numbers depend on its seed alone: not on the machine, the device or the version of .NET or libtorch.
/// </summary>
/// <remarks>
/// xoshiro256** of D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators" (2021), seeded by SplitMix64 as
/// its authors advise.
/// </remarks>
internal sealed class SeededRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>A generator for one purpose.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="streams">What the numbers are for, for instance an epoch; other values give independent numbers.</param>
    public SeededRandom(long seed, params ReadOnlySpan<long> streams) => Reseed(seed, streams);

    /// <summary>Starts again as a new generator with these values would.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="streams">What the numbers are for.</param>
    public void Reseed(long seed, params ReadOnlySpan<long> streams)
    {
        ulong state = (ulong)seed;
        foreach (long stream in streams)
            state = SplitMix(ref state) ^ (ulong)stream;
        _s0 = SplitMix(ref state);
        _s1 = SplitMix(ref state);
        _s2 = SplitMix(ref state);
        _s3 = SplitMix(ref state);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A whole number 0…<paramref name="bound"/>−1, each as likely as the others to within 2⁻³².</summary>
    /// <param name="bound">At least 1.</param>
    public int NextInt(int bound) => (int)(((NextBits() >> 32) * (ulong)bound) >> 32);

    /// <summary>A number above 0 and at most 1.</summary>
    public double NextUnit() => ((NextBits() >> 11) + 1) * (1.0 / (1UL << 53));

    /// <summary>Puts the elements into a random order, each order as likely as the others.</summary>
    /// <param name="values">What to shuffle, in place.</param>
    public void Shuffle<T>(Span<T> values)
    {
        for (int last = values.Length - 1; last > 0; last--)
        {
            int other = NextInt(last + 1);
            (values[last], values[other]) = (values[other], values[last]);
        }
    }

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

/// <summary>What a run's random numbers are for; each has a stream of its own for each epoch.</summary>
internal static class RandomStreams
{
    public const long Torch = 1;
    public const long Dropout = 2;
    public const long Order = 3;
    public const long Addends = 4;
    public const long Pictures = 5;
}

/// <summary>libtorch's own generators: the CPU's and that of every CUDA device.</summary>
internal static class TorchSeed
{
    /// <summary>Seeds all of them. CUDA's state can't be read back, so that every epoch starts from a seed of its own.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">0 for the first weights, then 1 and up.</param>
    public static void Set(long seed, int epoch)
    {
        long own = (long)new SeededRandom(seed, RandomStreams.Torch, epoch).NextBits();
        manual_seed(own);
        if (cuda.is_available())
            cuda.manual_seed_all(own);
    }
}
