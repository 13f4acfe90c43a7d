using MnistAdder.Training.Devices;
using MnistAdder.Training.Network;

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
