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

    /// <summary>Runs an epoch and shows how it goes.</summary>
    /// <param name="epoch">1 and up.</param>
    /// <param name="run">The epoch; it reports its progress to the action that it is given.</param>
    /// <returns>What <paramref name="run"/> returned.</returns>
    EpochResult Watch(int epoch, Func<Action<EpochProgress>, EpochResult> run);

    /// <summary>An epoch is over and counts.</summary>
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
public sealed class SilentObserver : ITrainingObserver
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
    public EpochResult Watch(int epoch, Func<Action<EpochProgress>, EpochResult> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run(_ => { });
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

    public EpochResult Watch(int epoch, Func<Action<EpochProgress>, EpochResult> run) =>
        first.Watch(epoch, tellFirst => second.Watch(epoch, tellSecond => run(progress =>
        {
            tellFirst(progress);
            tellSecond(progress);
        })));

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
