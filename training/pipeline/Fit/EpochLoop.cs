using System.Diagnostics;
using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Fit;

/// <summary>What happens to a batch: draw → augment → forward → losses → backward → step → average, epoch after epoch.</summary>
internal sealed class EpochLoop : IDisposable
{
    private const int StepsBetweenReports = 20;

    private readonly RunSettings _settings;
    private readonly SumGenerator _digits;
    private readonly ITrainingObserver _observer;
    private readonly BatchParts _parts;
    private readonly LearningRateSchedule _schedule;
    private readonly WeightAverage? _average;

    /// <summary>Makes the networks with fresh weights, which the seed alone decides.</summary>
    public EpochLoop(Recipe recipe, RunSettings settings, SumGenerator digits, ITrainingObserver observer)
    {
        (_settings, _digits, _observer, _schedule) = (settings, digits, observer, settings.Method.Schedule);
        TorchSeed.Set(settings.Seed, epoch: 0);
        Trained = Model = recipe.CreateNetwork().to(digits.Device);
        if (settings.Method.AverageExponent is { } exponent)
        {
            Model = recipe.CreateNetwork().to(digits.Device);
            _average = new WeightAverage(Model, Trained, exponent);
        }

        _parts = new BatchParts(Trained, recipe.CreateNetwork, settings.Method, settings.Threads);
        Optimizer = settings.Method.CreateOptimizer(Trained.parameters(), settings.HyperParameters);
    }

    /// <summary>The network whose weights the steps change.</summary>
    public DigitSumNetwork Trained { get; }

    /// <summary>What the run is for: the average over the steps where the recipe keeps one, else <see cref="Trained"/>.</summary>
    public DigitSumNetwork Model { get; }

    /// <summary>Over the weights of <see cref="Trained"/>.</summary>
    public OptimizerHelper Optimizer { get; private set; }

    /// <summary>Trains for one epoch.</summary>
    /// <param name="epoch">1 and up.</param>
    /// <param name="batchSize">Images in a batch, at least 2.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <returns>Mean losses, against the smoothed labels, and accuracies as seen in training mode; nothing of a test.</returns>
    public EpochResult Run(int epoch, int batchSize, CancellationToken cancellation)
    {
        _observer.EpochStarting(epoch);
        var clock = Stopwatch.StartNew();
        using SumEpoch batches = _digits.Begin(epoch, batchSize);
        using var tally = new HeadTally(_digits.Device);
        using var pauses = new CollectionPauses();
        double rate = 0;
        _parts.BeginEpoch(_settings.Seed, epoch);
        for (int i = 0; i < batches.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            pauses.BetweenSteps();
            using var scope = NewDisposeScope();
            int step = ((epoch - 1) * batches.Count) + i;
            rate = _settings.HyperParameters.LearningRate * _schedule.At(step / ((double)_settings.HyperParameters.Epochs * batches.Count));

            SumBatch drawn = batches.Draw(i);                           // levels [N, 1, 28, 28]
            SumBatch batch = Augment(drawn);                            // normalised [N, variants · columns, 28, 28]
            IReadOnlyList<BatchPart> parts = _parts.Split(batch);       // whole, or on the CPU in parts with a network each
            _parts.Learn(parts);                                        // BatchPart.Learn of each at the same time, and their sum
            tally.Take(parts);
            Step(rate);
            _average?.Update(step);
            if ((i + 1) % StepsBetweenReports == 0)
                _observer.Progress(new EpochProgress(tally.Rows, _digits.Count, tally.Means(), tally.Rows / clock.Elapsed.TotalSeconds));
        }

        if (_settings.Method.UnchangedStatistics)
            NormStatistics.Measure(Model, _digits, epoch);
        double seconds = clock.Elapsed.TotalSeconds;
        cancellation.ThrowIfCancellationRequested();
        return new EpochResult(epoch, tally.Means(), Test: null, seconds, _digits.Count / seconds, rate);
    }

    /// <summary>An optimizer that has made no step yet, in place of the one that has.</summary>
    public void RenewOptimizer()
    {
        Optimizer.Dispose();
        Optimizer = _settings.Method.CreateOptimizer(Trained.parameters(), _settings.HyperParameters);
    }

    public void Dispose()
    {
        _parts.Dispose();
        Optimizer.Dispose();
        Trained.Dispose();
        Model.Dispose();
    }

    private SumBatch Augment(SumBatch drawn) => drawn with
    {
        Images = TorchDigits.Normalize(_settings.Method.Augmentation?.Variants(drawn.Images, _settings.Method.Variants * Trained.Columns.Count) ?? drawn.Images),
    };

    private void Step(double rate)
    {
        foreach (optim.ILearningRateController group in Optimizer.ParamGroups)
            group.LearningRate = rate;
        Optimizer.step();
    }
}

/// <summary>Some rows of a batch, and the network that learns from them.</summary>
/// <param name="network">The trained one, or a copy; it gets the gradient.</param>
/// <param name="rows">The rows, each in one or more variants.</param>
/// <param name="rowsOfBatch">How many the whole batch has.</param>
/// <param name="hardest">Chooses a variant of each; null where there is one.</param>
/// <param name="labelSmoothing">Share of each target that is spread over all classes.</param>
internal sealed class BatchPart(DigitSumNetwork network, SumBatch rows, long rowsOfBatch, HardestVariants? hardest, double labelSmoothing)
{
    /// <summary>The outputs, the owner's to dispose; null until they are there. Their losses are against the smoothed labels.</summary>
    public BatchScores? Scores { get; private set; }

    /// <summary>
    /// Leaves this part's share of the gradient of the batch's mean loss, of both heads, in the network's parameters. Each column is to read
    /// the digit by itself: trained on their mean alone, one would lean on the others.
    /// </summary>
    public void Learn()
    {
        using var scope = NewDisposeScope();
        Tensor each = network.ReadEach(hardest?.Of(rows) ?? rows.Images);                                      // [n, columns, 10]
        Tensor digitScores = each.mean([1]), sumScores = network.AddTo(digitScores, rows.OneHotNumbers());     // [n, 10], [n, 19]
        Tensor digitLoss = Loss(each.flatten(0, 1), rows.Labels.repeat_interleave(each.shape[1])), sumLoss = Loss(sumScores, rows.Sums);
        digitLoss.add(sumLoss).Times((double)rows.Labels.shape[0] / rowsOfBatch).backward();
        Scores = new BatchScores(rows, digitLoss.detach(), sumLoss.detach(), digitScores.detach(), sumScores.detach()).Detached();
    }

    // Cross-entropy is nll_loss of log_softmax.
    private Tensor Loss(Tensor scores, Tensor labels) => nn.functional.cross_entropy(scores, labels, label_smoothing: labelSmoothing);
}
