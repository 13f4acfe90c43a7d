using MnistAdder.Training.Devices;
using MnistAdder.Training.Network;

namespace MnistAdder.Training.Fit;

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
