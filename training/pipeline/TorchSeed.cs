using static TorchSharp.torch;

namespace MnistAdder.Training;

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
