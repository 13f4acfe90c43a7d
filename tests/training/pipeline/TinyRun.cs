using Microsoft.ML;
using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Synthetic;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;

namespace MnistAdder.Training.Tests;

/// <summary>Runs of the real trainer on a few synthetic digits, in a temporary folder.</summary>
internal sealed class TinyRun : IDisposable
{
    public static readonly DigitSet Training = SyntheticDigits.Draw(300, 1);
    public static readonly DigitSet Test = SyntheticDigits.Draw(50, 2);

    public MLContext Context { get; } = new();

    private readonly TemporaryFolder _folder = new();

    public string this[string file] => _folder[file];

    public DigitSumTrainer Trainer(string subfolder, Func<DigitSumTrainerOptions, DigitSumTrainerOptions>? change = null)
    {
        var options = new DigitSumTrainerOptions
        {
            Recipe = Recipe.Seed,
            HyperParameters = new HyperParameters(Epochs: 3, BatchSize: 64, LearningRate: 0.01, Momentum: 0.9),
            Device = DeviceChoice.Cpu,
            Threads = 1,
            DatasetName = "synthetic",
            TestSet = DigitColumns.ToDataView(Context, Test),
            OutputFolder = this[subfolder],
        };
        return new DigitSumTrainer(Context, change is null ? options : change(options));
    }

    public ITransformer Fit(DigitSumTrainer trainer) => trainer.Fit(DigitColumns.ToDataView(Context, Training));

    public void Dispose() => _folder.Dispose();

    /// <summary>Keeps what is said.</summary>
    internal sealed class Listener : ITrainingObserver
    {
        public List<string> Notes { get; } = [];

        public void Starting(RunSettings settings, DeviceReport device, IReadOnlyList<LayerRow> layers)
        {
        }

        public void Note(string line) => Notes.Add(line);
    }

    /// <summary>Cancels at the start or in the middle of an epoch.</summary>
    internal sealed class Interruption(int epoch, bool atItsStart = false) : ITrainingObserver, IDisposable
    {
        private readonly CancellationTokenSource _source = new();
        private int _current;

        public CancellationToken Token => _source.Token;

        public void Starting(RunSettings settings, DeviceReport device, IReadOnlyList<LayerRow> layers)
        {
        }

        public void EpochStarting(int current)
        {
            _current = current;
            if (atItsStart)
                Cancel();
        }

        public void Progress(EpochProgress progress) => Cancel();

        public void Note(string line)
        {
        }

        public void Dispose() => _source.Dispose();

        private void Cancel()
        {
            if (_current == epoch)
                _source.Cancel();
        }
    }
}
