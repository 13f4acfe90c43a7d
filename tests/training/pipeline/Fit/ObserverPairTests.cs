using MnistAdder.Training.Devices;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;

namespace MnistAdder.Training.Tests.Fit;

[Collection(TorchGenerator.Tests)]
public sealed class ObserverPairTests
{
    [Fact]
    public void Both_observers_hear_everything_in_the_same_order()
    {
        var first = new Listener();
        var second = new Listener();
        using var tiny = new TinyRun();
        var pair = new ObserverPair(first, second);
        tiny.Fit(tiny.Trainer("run", options => options with { Observer = pair, HyperParameters = options.HyperParameters! with { Epochs = 1, BatchSize = 8 } }));
        pair.Note("done");

        Assert.Equal(["starting", "watching 1", "progress", "ended 1", "done"], first.Heard.Distinct());
        Assert.Equal(first.Heard, second.Heard);
    }

    private sealed class Listener : ITrainingObserver
    {
        public List<string> Heard { get; } = [];

        public void Starting(RunSettings settings, DeviceReport device, IReadOnlyList<LayerRow> layers) => Heard.Add("starting");

        public void EpochStarting(int epoch) => Heard.Add($"watching {epoch}");

        public void Progress(EpochProgress progress) => Heard.Add("progress");

        public void EpochEnded(EpochResult result, DigitSumNetwork network) => Heard.Add($"ended {result.Epoch}");

        public void Note(string line) => Heard.Add(line);
    }
}
