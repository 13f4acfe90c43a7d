using System.Diagnostics.CodeAnalysis;
using MnistAdder.Training.Base;
using MnistAdder.Training.Checkpoints;
using MnistAdder.Training.Data;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;

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

    private readonly ITrainingObserver _observer;
    private readonly SumGenerator _generator;
    private readonly EpochLoop _loop;
    private readonly Evaluator? _evaluator;
    private readonly List<EpochResult> _history = [];

    /// <summary>Makes the network with fresh weights, which the seed alone decides.</summary>
    public TrainingRun(Recipe recipe, RunSettings settings, ComputeDevice device, DigitSet training, DigitSet? test, ITrainingObserver observer)
    {
        Settings = settings;
        _observer = observer;
        _generator = new SumGenerator(training, settings.Seed, device.Device);
        _loop = new EpochLoop(recipe, settings, _generator, observer);
        _evaluator = test is null ? null : new Evaluator(test, device.Device);
    }

    /// <summary>What the run computes; the batch size may have been halved since it began.</summary>
    public RunSettings Settings { get; private set; }

    /// <summary>The network, trained so far: the average over the steps where the recipe keeps one, else the weights after the last.</summary>
    public DigitSumNetwork Network => _loop.Model;

    /// <summary>An entry for each epoch so far.</summary>
    public IReadOnlyList<EpochResult> History => _history;

    /// <summary>Takes up a checkpoint's state.</summary>
    /// <exception cref="TrainingException">It was written by a run of other settings, or for another network.</exception>
    public void Resume(Checkpoint checkpoint)
    {
        checkpoint.Restore(Settings, Networks, _loop.Optimizer);
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

        try
        {
            while (_history.Count < last)
            {
                int epoch = _history.Count + 1;
                if (!TryRunEpoch(epoch, cancellation, out EpochResult? result))
                {
                    whole = BeginAnew(whole);
                    folder.Save(whole);
                    continue;
                }

                _observer.EpochEnded(result, Network);
                RequireFinite(epoch, result.Training);
                RequireFinite(epoch, result.Test);
                _history.Add(result);
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
        _loop.Dispose();
        _generator.Dispose();
        _evaluator?.Dispose();
    }

    // False where memory ran out for the first time.
    private bool TryRunEpoch(int epoch, CancellationToken cancellation, [NotNullWhen(true)] out EpochResult? result)
    {
        try
        {
            result = _loop.Run(epoch, Settings.StepBatchSize, cancellation);
            result = result with { Test = _evaluator?.Score(Network) };
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
        _loop.RenewOptimizer();
        before.Restore(Settings, Networks, _loop.Optimizer);
        return Capture();
    }

    private static void RequireFinite(int epoch, HeadScores? scores)
    {
        if (scores is not null && !double.IsFinite(scores.Loss))
            throw new TrainingException($"Training diverged: the loss of epoch {epoch} is {scores.Loss}. Try a lower --learning-rate.");
    }

    private Checkpoint Capture() => Checkpoint.Capture(Settings, _history, Networks, _loop.Optimizer);

    private NetworkState Networks => new(_loop.Trained, _loop.Model == _loop.Trained ? null : _loop.Model);
}
