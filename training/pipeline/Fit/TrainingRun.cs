using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using MnistAdder.Training.Base;
using MnistAdder.Training.Checkpoints;
using MnistAdder.Training.Data;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Fit;

/// <summary>A run from fresh weights, or from a checkpoint, to the last epoch.</summary>
/// <remarks>
/// Where the device's memory runs out, the epoch begins again from its first weights with half the batch size, once in a run; the
/// checkpoint tells, so that a resumed run goes on with the half. Two half batches before each step would keep the number of images
/// in a gradient, but not what batch normalisation computes, and would hide that the run is another one than was asked for.
/// </remarks>
internal sealed class TrainingRun : IDisposable
{
    // Batch normalisation needs two.
    private const int SmallestBatch = 2;

    private readonly Device _device;
    private readonly ITrainingObserver _observer;
    private readonly SumGenerator _generator;
    private readonly Evaluator? _evaluator;
    private readonly Func<DigitSumNetwork> _createNetwork;
    private readonly DigitSumNetwork _trained;
    private readonly WeightAverage? _average;
    private readonly List<EpochResult> _history = [];
    private OptimizerHelper _optimizer;

    /// <summary>Makes the network with fresh weights, which the seed alone decides.</summary>
    public TrainingRun(Recipe recipe, RunSettings settings, ComputeDevice device, DigitSet training, DigitSet? test, ITrainingObserver observer)
    {
        Settings = settings;
        _device = device.Device;
        _observer = observer;
        _createNetwork = recipe.CreateNetwork;
        TorchSeed.Set(settings.Seed, epoch: 0);
        _trained = recipe.CreateNetwork();
        _trained.to(_device);
        Network = _trained;
        if (settings.Method.AverageExponent is { } exponent)
        {
            Network = recipe.CreateNetwork();
            Network.to(_device);
            _average = new WeightAverage(Network, _trained, exponent);
        }

        _optimizer = CreateOptimizer();
        _generator = new SumGenerator(training, settings.Seed, _device, settings.Method.Augmentation, settings.Method.Versions);
        _evaluator = test is null ? null : new Evaluator(test, _device);
    }

    /// <summary>What the run computes; the batch size may have been halved since it began.</summary>
    public RunSettings Settings { get; private set; }

    /// <summary>The network, trained so far: the average over the steps where the recipe keeps one, else the weights after the last.</summary>
    public DigitSumNetwork Network { get; }

    /// <summary>An entry for each epoch so far.</summary>
    public IReadOnlyList<EpochResult> History => _history;

    /// <summary>Takes up a checkpoint's state.</summary>
    /// <exception cref="TrainingException">It was written by a run of other settings, or for another network.</exception>
    public void Resume(Checkpoint checkpoint)
    {
        checkpoint.Restore(Settings, State, _optimizer);
        Settings = Settings with { HalvedBatchSize = checkpoint.Settings.HalvedBatchSize };
        _history.AddRange(checkpoint.History);
    }

    /// <summary>Trains the epochs that are left, leaving a checkpoint after every <paramref name="checkpointEvery"/>.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the checkpoint of the last whole epoch is on the disk.</exception>
    /// <exception cref="TrainingException">The loss is no longer a number, or memory ran out twice; the last checkpoint before is kept.</exception>
    public void Train(CheckpointFolder folder, int checkpointEvery, CancellationToken cancellation)
    {
        int last = Settings.HyperParameters.Epochs;
        Checkpoint whole = Capture();
        if (_history.Count == 0)
        {
            folder.Clear();
            folder.Save(whole);
        }

        using var gradient = new BatchGradient(_trained, _createNetwork, Settings.Method, Settings.Threads);
        try
        {
            while (_history.Count < last)
            {
                int epoch = _history.Count + 1;
                if (!TryRunEpoch(epoch, gradient, cancellation, out EpochResult? result))
                {
                    whole = BeginAnew(whole);
                    folder.Save(whole);
                    continue;
                }

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

    // False where memory ran out for the first time.
    private bool TryRunEpoch(int epoch, BatchGradient gradient, CancellationToken cancellation, [NotNullWhen(true)] out EpochResult? result)
    {
        try
        {
            result = _observer.Watch(epoch, progress => RunEpoch(epoch, gradient, progress, cancellation));
            return true;
        }
        catch (Exception exception) when (LibtorchFailure.IsOutOfMemory(exception))
        {
            int size = Settings.StepBatchSize, half = size / 2;
            if (Settings.HalvedBatchSize is not null || half < SmallestBatch)
            {
                throw new TrainingException(
                    $"Memory ran out in epoch {epoch} with batch size {size}: {LibtorchFailure.FirstLine(exception)}. Start anew with a smaller --batch-size.", exception);
            }

            Settings = Settings with { HalvedBatchSize = half };
            _observer.Note($"Memory ran out in epoch {epoch} with batch size {size}; the epoch begins again, and the run goes on, with {half}.");
            result = null;
            return false;
        }
    }

    // The state before the epoch. An optimizer keeps what its steps left, and is made anew.
    private Checkpoint BeginAnew(Checkpoint before)
    {
        _optimizer.Dispose();
        _optimizer = CreateOptimizer();
        before.Restore(Settings, State, _optimizer);
        return Capture();
    }

    private OptimizerHelper CreateOptimizer() => Settings.Method.CreateOptimizer(_trained.parameters(), Settings.HyperParameters);

    private EpochResult RunEpoch(int epoch, BatchGradient gradient, Action<EpochProgress> progress, CancellationToken cancellation)
    {
        HyperParameters numbers = Settings.HyperParameters;
        var clock = Stopwatch.StartNew();
        int stepsOfEpoch = _generator.BatchesOfEpoch(Settings.StepBatchSize);
        int before = (epoch - 1) * stepsOfEpoch;
        double total = (double)numbers.Epochs * stepsOfEpoch;
        LearningRateSchedule schedule = Settings.Method.Schedule;
        gradient.BeginEpoch(Settings.Seed, epoch);
        HeadScores training = TrainingLoop.RunEpoch(
            gradient,
            _optimizer,
            _generator.Epoch(epoch, Settings.StepBatchSize),
            LearningRate,
            _average is null ? null : step => _average.Update(before + step),
            (means, images) => progress(new EpochProgress(images, _generator.Count, means, images / clock.Elapsed.TotalSeconds)),
            cancellation);
        if (Settings.Method.UnchangedStatistics)
            NormStatistics.Measure(Network, _generator, epoch);
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

    private Checkpoint Capture() => Checkpoint.Capture(Settings, _history, State, _optimizer);

    private NetworkState State => new(_trained, _average is null ? null : Network);
}
