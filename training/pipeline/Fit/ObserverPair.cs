using MnistAdder.Training.Devices;
using MnistAdder.Training.Network;

namespace MnistAdder.Training.Fit;

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
