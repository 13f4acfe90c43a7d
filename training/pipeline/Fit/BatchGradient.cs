using System.Runtime.ExceptionServices;
using MnistAdder.Training.Data;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Fit;

/// <summary>The gradient of a batch; on the CPU in the parts that the recipe's method asks for, at the same time.</summary>
/// <remarks>
/// Each part is computed on a copy of the network with its share of the threads: that wastes fewer of them than splitting every
/// single operation does. Gradients and statistics are added in the parts' order, so that nothing depends on which part was ready
/// first. A GPU computes batches whole: it has enough to do with them, and parts would only be more calls.
/// </remarks>
internal sealed class BatchGradient : IDisposable
{
    // With fewer, the statistics that normalise a part say little.
    private const int SmallestPart = 32;

    private readonly double _labelSmoothing;
    private readonly int _threads;
    private readonly Replica[] _replicas;
    private readonly HardestVersions? _hardest;
    private readonly WorkerThread[] _workers;

    /// <param name="network">Whose gradient is wanted.</param>
    /// <param name="createNetwork">Makes another of the same structure.</param>
    /// <param name="method">Says how batches are split and labels are smoothed.</param>
    /// <param name="threads">Threads of the CPU, at least 1.</param>
    public BatchGradient(DigitSumNetwork network, Func<DigitSumNetwork> createNetwork, TrainingMethod method, int threads)
    {
        Network = network;
        _labelSmoothing = method.LabelSmoothing;
        _threads = threads;
        DeviceType device = network.parameters().First().device.type;
        int parts = device == DeviceType.CPU ? method.Parts : 1;
        _replicas = [.. Enumerable.Range(1, parts - 1).Select(_ => new Replica(createNetwork(), network))];
        _hardest = method.Versions > 1 ? new HardestVersions(network, createNetwork, HardestVersions.QuickestType(device)) : null;
        _workers = [.. Enumerable.Range(1, Math.Min(parts, threads) - 1).Select(_ => new WorkerThread())];
    }

    /// <summary>Whose gradient is computed; its running statistics move with it.</summary>
    public DigitSumNetwork Network { get; }

    /// <summary>Starts an epoch: random sources begin anew, and modules are in training mode.</summary>
    public void BeginEpoch(long seed, int epoch)
    {
        Network.train();
        for (int part = 1; part <= _replicas.Length; part++)
            _replicas[part - 1].Network.SeedMasks(seed, epoch, part);
        Network.SeedEpoch(seed, epoch);
    }

    /// <summary>Leaves the gradient of the batch's mean loss, of both heads, in the network's parameters.</summary>
    /// <returns>The outputs for each part, the caller's to dispose; its losses are against the smoothed labels.</returns>
    public IReadOnlyList<BatchScores> Compute(SumBatch batch)
    {
        int rows = (int)batch.Labels.shape[0];
        Replica[] replicas = rows < SmallestPart * (_replicas.Length + 1) ? [] : _replicas;
        Network.zero_grad();
        foreach (Replica replica in replicas)
            replica.Follow();
        _hardest?.Follow();

        int parts = replicas.Length + 1;
        SumBatch[] split = [.. Enumerable.Range(0, parts).Select(part => batch.Rows(rows * part / parts, rows * (part + 1) / parts))];
        var scores = new BatchScores[parts];
        try
        {
            RunAll(parts, part => scores[part] = Backward(part == 0 ? Network : replicas[part - 1].Network, split[part], rows));
        }
        catch
        {
            foreach (BatchScores? part in scores)
                part?.Dispose();
            throw;
        }

        for (int part = 1; part < parts; part++)
            replicas[part - 1].TakeIn(shareOfStatistics: 1.0 / (part + 1));
        return scores;
    }

    public void Dispose()
    {
        foreach (WorkerThread worker in _workers)
            worker.Dispose();
        foreach (Replica replica in _replicas)
            replica.Network.Dispose();
        _hardest?.Dispose();
    }

    private BatchScores Backward(DigitSumNetwork network, SumBatch part, int rowsOfBatch)
    {
        using var scope = NewDisposeScope();
        (Tensor digitScores, Tensor sumScores) = network.call(_hardest?.Of(part) ?? part.Images, part.OneHotNumbers());
        // Cross-entropy is nll_loss of log_softmax.
        Tensor digitLoss = nn.functional.cross_entropy(digitScores, part.Labels, label_smoothing: _labelSmoothing);
        Tensor sumLoss = nn.functional.cross_entropy(sumScores, part.Sums, label_smoothing: _labelSmoothing);
        digitLoss.add(sumLoss).mul((double)part.Labels.shape[0] / rowsOfBatch).backward();
        return new BatchScores(part, digitLoss.detach(), sumLoss.detach(), digitScores.detach(), sumScores.detach()).Detached();
    }

    // Each thread has every n-th part, and its share of libtorch's threads, whose number libtorch keeps for each thread.
    private void RunAll(int parts, Action<int> run)
    {
        WorkerThread[] workers = parts == 1 ? [] : _workers;
        int atOnce = workers.Length + 1;
        for (int worker = 1; worker < atOnce; worker++)
        {
            int first = worker;
            workers[worker - 1].Begin(() => RunFrom(first));
        }

        ExceptionDispatchInfo? error = null;
        try
        {
            RunFrom(0);
        }
        catch (Exception exception)
        {
            error = ExceptionDispatchInfo.Capture(exception);
        }

        foreach (WorkerThread worker in workers)
        {
            ExceptionDispatchInfo? another = worker.End();
            error ??= another;
        }

        set_num_threads(_threads);
        error?.Throw();

        void RunFrom(int first)
        {
            set_num_threads((_threads + atOnce - 1 - first) / atOnce);
            for (int part = first; part < parts; part += atOnce)
                run(part);
        }
    }

    // A copy of the network for a part.
    private sealed class Replica
    {
        private readonly (Tensor Copy, Tensor Original)[] _parameters;
        private readonly (Tensor Copy, Tensor Original)[] _buffers;

        public Replica(DigitSumNetwork copy, DigitSumNetwork original)
        {
            Network = copy;
            Network.train();
            _parameters = [.. copy.parameters().Zip(original.parameters(), (one, other) => ((Tensor)one, (Tensor)other))];
            _buffers = [.. copy.buffers().Zip(original.buffers())];
        }

        public DigitSumNetwork Network { get; }

        // Takes over what the original is, and no gradient.
        public void Follow()
        {
            using var noGradient = no_grad();
            foreach ((Tensor copy, Tensor original) in _parameters.Concat(_buffers))
                copy.copy_(original);
            Network.zero_grad();
        }

        // The statistics of one part after the other make their mean.
        public void TakeIn(double shareOfStatistics)
        {
            using var noGradient = no_grad();
            foreach ((Tensor copy, Tensor original) in _parameters)
                original.grad!.add_(copy.grad!);
            foreach ((Tensor copy, Tensor original) in _buffers)
            {
                if (original.is_floating_point())
                    original.lerp_(copy, shareOfStatistics);
            }
        }
    }
}
