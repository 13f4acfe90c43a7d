using MnistAdder.Training.Data;
using MnistAdder.Training.Evaluation;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Fit;

/// <summary>One epoch of gradient steps.</summary>
internal static class TrainingLoop
{
    private const int StepsBetweenReports = 20;

    /// <summary>Trains for one epoch.</summary>
    /// <param name="gradient">Of the network, which is changed in place.</param>
    /// <param name="optimizer">Over the network's parameters.</param>
    /// <param name="batches">The epoch's batches.</param>
    /// <param name="learningRate">The rate of the epoch's steps, numbered from 0.</param>
    /// <param name="average">Takes in the weights after each step; null where none is kept.</param>
    /// <param name="report">Called now and then with the means so far.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <returns>Mean losses, against the smoothed labels, and accuracies over the epoch, as seen in training mode.</returns>
    public static HeadScores RunEpoch(
        BatchGradient gradient,
        OptimizerHelper optimizer,
        IEnumerable<SumBatch> batches,
        Func<int, double> learningRate,
        Action<int>? average,
        Action<HeadScores, int> report,
        CancellationToken cancellation)
    {
        Device device = gradient.Network.parameters().First().device;
        using var tally = new HeadTally(device);
        int step = 0;
        using IEnumerator<SumBatch> source = batches.GetEnumerator();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            if (!source.MoveNext())
                break;
            SumBatch batch = source.Current;
            RequireSameDevice(device, batch);
            foreach (BatchScores part in gradient.Compute(batch))
            {
                tally.Add(part);
                part.Dispose();
            }

            SetLearningRate(optimizer, learningRate(step));
            optimizer.step();
            average?.Invoke(step);
            if (++step % StepsBetweenReports == 0)
                report(tally.Means(), tally.Rows);
        }

        return tally.Means();
    }

    private static void SetLearningRate(OptimizerHelper optimizer, double rate)
    {
        foreach (optim.ILearningRateController group in optimizer.ParamGroups)
            group.LearningRate = rate;
    }

    private static void RequireSameDevice(Device device, SumBatch batch)
    {
        if (new[] { batch.Images, batch.Labels, batch.Numbers, batch.Sums }.Any(tensor => tensor.device_type != device.type))
            throw new InvalidOperationException($"A batch is on {batch.Images.device} while the network is on {device}.");
    }
}
