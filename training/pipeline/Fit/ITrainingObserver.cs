using MnistAdder.Training.Devices;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;

namespace MnistAdder.Training.Fit;

/// <summary>Whoever watches a run: a terminal, a log, nobody.</summary>
public interface ITrainingObserver
{
    /// <summary>The run is about to begin.</summary>
    /// <param name="settings">What it computes.</param>
    /// <param name="device">What it computes on.</param>
    /// <param name="layers">The network.</param>
    void Starting(RunSettings settings, DeviceReport device, IReadOnlyList<LayerRow> layers);

    /// <summary>An epoch begins, or begins again where the device's memory ran out.</summary>
    /// <param name="epoch">1 and up.</param>
    void EpochStarting(int epoch)
    {
    }

    /// <summary>The epoch goes on.</summary>
    /// <param name="progress">How far it is.</param>
    void Progress(EpochProgress progress)
    {
    }

    /// <summary>The epoch is over. It counts once its checkpoint is written, for which its losses have to be numbers.</summary>
    /// <param name="result">What it brought.</param>
    /// <param name="network">The network at its end, only to be read.</param>
    void EpochEnded(EpochResult result, DigitSumNetwork network)
    {
    }

    /// <summary>One line about something else that happened.</summary>
    /// <param name="line">A sentence.</param>
    void Note(string line);
}

/// <summary>How far an epoch is.</summary>
/// <param name="Images">Images seen.</param>
/// <param name="TotalImages">Images in the epoch.</param>
/// <param name="Means">Losses and accuracies so far.</param>
/// <param name="ImagesPerSecond">Speed so far.</param>
public sealed record EpochProgress(int Images, int TotalImages, HeadScores Means, double ImagesPerSecond);

/// <summary>Nobody watches.</summary>
internal sealed class SilentObserver : ITrainingObserver
{
    private SilentObserver()
    {
    }

    /// <summary>The one that is needed.</summary>
    public static SilentObserver Instance { get; } = new();

    /// <inheritdoc/>
    public void Starting(RunSettings settings, DeviceReport device, IReadOnlyList<LayerRow> layers)
    {
    }

    /// <inheritdoc/>
    public void Note(string line)
    {
    }
}

/// <summary>Two observers that watch the same run.</summary>
internal sealed class ObserverPair(ITrainingObserver first, ITrainingObserver second) : ITrainingObserver
{
    public void Starting(RunSettings settings, DeviceReport device, IReadOnlyList<LayerRow> layers)
    {
        first.Starting(settings, device, layers);
        second.Starting(settings, device, layers);
    }

    public void EpochStarting(int epoch)
    {
        first.EpochStarting(epoch);
        second.EpochStarting(epoch);
    }

    public void Progress(EpochProgress progress)
    {
        first.Progress(progress);
        second.Progress(progress);
    }

    public void EpochEnded(EpochResult result, DigitSumNetwork network)
    {
        first.EpochEnded(result, network);
        second.EpochEnded(result, network);
    }

    public void Note(string line)
    {
        first.Note(line);
        second.Note(line);
    }
}
