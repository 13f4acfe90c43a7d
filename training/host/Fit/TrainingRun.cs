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
    private readonly DigitSumNetwork _trained;
    private readonly OptimizerHelper _optimizer;
    private readonly WeightAverage? _average;
    private readonly List<EpochResult> _history = [];

    /// <summary>Makes the network with fresh weights, which the seed alone decides.</summary>
    public TrainingRun(Recipe recipe, RunSettings settings, ComputeDevice device, DigitSet training, DigitSet? test, ITrainingObserver observer)
    {
        _settings = settings;
        _device = device.Device;
        _observer = observer;
        TorchSeed.Set(settings.Seed, epoch: 0);
        _trained = recipe.CreateNetwork();
        _trained.to(_device);
        Network = _trained;
        if (settings.Method.AverageDecay is { } decay)
        {
            Network = recipe.CreateNetwork();
            Network.to(_device);
            _average = new WeightAverage(Network, _trained, decay);
        }

        _optimizer = settings.Method.CreateOptimizer(_trained.parameters(), settings.HyperParameters);
        _generator = new SumGenerator(training, settings.Seed, _device, settings.Method.Augmentation);
        _evaluator = test is null ? null : new Evaluator(test, _device);
    }

    /// <summary>The network, trained so far: the average over the steps where the recipe keeps one, else the weights after the last.</summary>
    public DigitSumNetwork Network { get; }

    /// <summary>An entry for each epoch so far.</summary>
    public IReadOnlyList<EpochResult> History => _history;

    /// <summary>Takes up a checkpoint's state.</summary>
    /// <exception cref="TrainingException">It was written by a run of other settings, or for another network.</exception>
    public void Resume(Checkpoint checkpoint)
    {
        checkpoint.Restore(_settings, State, _optimizer);
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
                RequireFinite(epoch, result.Training);
                RequireFinite(epoch, result.Test);
                _history.Add(result);
                whole = Capture();
                if (epoch % checkpointEvery == 0 || epoch == last)
                    folder.Save(whole);
                _observer.EpochEnded(result, Network);
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
        _trained.Dispose();
        Network.Dispose();
    }

    private EpochResult RunEpoch(int epoch, Action<EpochProgress> progress, CancellationToken cancellation)
    {
        HyperParameters numbers = _settings.HyperParameters;
        var clock = Stopwatch.StartNew();
        int stepsOfEpoch = _generator.BatchesOfEpoch(numbers.BatchSize);
        int before = (epoch - 1) * stepsOfEpoch;
        double total = (double)numbers.Epochs * stepsOfEpoch;
        LearningRateSchedule schedule = _settings.Method.Schedule;
        _trained.SeedEpoch(_settings.Seed, epoch);
        HeadScores training = TrainingLoop.RunEpoch(
            _trained,
            _optimizer,
            _generator.Epoch(epoch, numbers.BatchSize),
            LearningRate,
            _settings.Method.LabelSmoothing,
            _average is null ? null : step => _average.Update(before + step),
            (means, images) => progress(new EpochProgress(images, _generator.Count, means, images / clock.Elapsed.TotalSeconds)),
            cancellation);
        double seconds = clock.Elapsed.TotalSeconds;
        cancellation.ThrowIfCancellationRequested();
        return new EpochResult(epoch, training, _evaluator?.Score(Network), seconds, _generator.Count / seconds, LearningRate(stepsOfEpoch - 1));

        double LearningRate(int step) => numbers.LearningRate * schedule.At((before + step) / total);
    }

    private static void RequireFinite(int epoch, HeadScores? scores)
    {
        if (scores is not null && !double.IsFinite(scores.Loss))
            throw new TrainingException($"Training diverged: the loss of epoch {epoch} is {scores.Loss}. Try a lower --learning-rate.");
    }

    private Checkpoint Capture() => Checkpoint.Capture(_settings, _history, State, _optimizer);

    private NetworkState State => new(_trained, _average is null ? null : Network);
}
