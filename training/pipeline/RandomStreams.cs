namespace MnistAdder.Training;

/// <summary>What a run's random numbers are for; each has a stream of its own for each epoch.</summary>
internal static class RandomStreams
{
    public const long Torch = 1;
    public const long Dropout = 2;
    public const long Order = 3;
    public const long Addends = 4;
}
