using System.Diagnostics;
using MnistAdder.Training.Data;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Network;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Fit;

/// <summary>A run from fresh weights, or from a checkpoint, to the last epoch.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly RunSettings _settings;
    private readonly Device _device;
    private readonly ITrainingObserver _observer;
    private readonly SumGenerator _generator;
    private readonly Evaluator? _evaluator;
    private readonly SGD _optimizer;
    private readonly List<EpochResult> _history = [];

    /// <summary>Makes the network with fresh weights, which the seed alone decides.</summary>
    public TrainingRun(Recipe recipe, RunSettings settings, ComputeDevice device, DigitSet training, DigitSet? test, ITrainingObserver observer)
    {
        _settings = settings;
        _device = device.Device;
        _observer = observer;
        TorchSeed.Set(settings.Seed, epoch: 0);
        Network = recipe.CreateNetwork();
        Network.to(_device);
        _optimizer = optim.SGD(Network.parameters(), settings.HyperParameters.LearningRate, settings.HyperParameters.Momentum);
        _generator = new SumGenerator(training, settings.Seed, _device);
        _evaluator = test is null ? null : new Evaluator(test, _device);
    }

    /// <summary>The network, trained so far.</summary>
    public DigitSumNetwork Network { get; }

    /// <summary>An entry for each epoch so far.</summary>
    public IReadOnlyList<EpochResult> History => _history;

    /// <summary>Takes up a checkpoint's state.</summary>
    /// <exception cref="TrainingException">It was written by a run of other settings, or for another network.</exception>
    public void Resume(Checkpoint checkpoint)
    {
        checkpoint.Restore(_settings, Network, _optimizer);
        _history.AddRange(checkpoint.History);
    }

    /// <summary>Trains the epochs that are left, leaving a checkpoint after every <paramref name="checkpointEvery"/>.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the checkpoint of the last whole epoch is on the disk.</exception>
    /// <exception cref="TrainingException">The loss is no longer a number; the last checkpoint before is kept.</exception>
    public void Train(CheckpointFolder folder, int checkpointEvery, CancellationToken cancellation)
    {
        int last = _settings.HyperParameters.Epochs;
        Checkpoint whole = Capture();
        if (_history.Count == 0)
        {
            folder.Clear();
            folder.Save(whole);
        }

        try
        {
            for (int epoch = _history.Count + 1; epoch <= last; epoch++)
            {
                EpochResult result = _observer.Watch(epoch, progress => RunEpoch(epoch, progress, cancellation));
                if (!double.IsFinite(result.Training.Loss))
                    throw new TrainingException($"Training diverged: the loss of epoch {epoch} is {result.Training.Loss}. Try a lower --learning-rate.");
                _history.Add(result);
                _observer.EpochEnded(result, Network);
                whole = Capture();
                if (epoch % checkpointEvery == 0 || epoch == last)
                    folder.Save(whole);
            }
        }
        catch (OperationCanceledException)
        {
            folder.Save(whole);
            throw;
        }
    }

    public void Dispose()
    {
        _generator.Dispose();
        _evaluator?.Dispose();
        _optimizer.Dispose();
        Network.Dispose();
    }

    private EpochResult RunEpoch(int epoch, Action<EpochProgress> progress, CancellationToken cancellation)
    {
        HyperParameters numbers = _settings.HyperParameters;
        var clock = Stopwatch.StartNew();
        Network.SeedEpoch(_settings.Seed, epoch);
        HeadScores training = TrainingLoop.RunEpoch(
            Network,
            _optimizer,
            _generator.Epoch(epoch, numbers.BatchSize),
            (means, images) => progress(new EpochProgress(images, _generator.Count, means, images / clock.Elapsed.TotalSeconds)),
            cancellation);
        double seconds = clock.Elapsed.TotalSeconds;
        cancellation.ThrowIfCancellationRequested();
        return new EpochResult(epoch, training, _evaluator?.Score(Network), seconds, _generator.Count / seconds, numbers.LearningRate);
    }

    private Checkpoint Capture() => Checkpoint.Capture(_settings, _history, Network, _optimizer);
}
