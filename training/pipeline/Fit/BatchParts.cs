using System.Runtime.ExceptionServices;
using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Fit;

/// <summary>Batches in the parts that the recipe's method asks for on the CPU, which learn at the same time.</summary>
/// <remarks>
/// Each part is computed on a copy of the network with its share of the threads: that wastes fewer of them than splitting every
/// single operation does. Gradients and statistics are added in the parts' order, so that nothing depends on which part was ready
/// first. A GPU computes batches whole: it has enough to do with them, and parts would only be more calls.
/// </remarks>
internal sealed class BatchParts : IDisposable
{
    // With fewer, the statistics that normalise a part say little.
    private const int SmallestPart = 32;

    private readonly DigitSumNetwork _network;
    private readonly double _labelSmoothing;
    private readonly int _threads;
    private readonly Replica[] _replicas;
    private readonly HardestVariants? _hardest;
    private readonly WorkerThread[] _workers;

    /// <param name="network">Whose gradient is wanted; its running statistics move with each batch.</param>
    /// <param name="createNetwork">Makes another of the same structure.</param>
    /// <param name="method">Says how batches are split and labels are smoothed.</param>
    /// <param name="threads">Threads of the CPU, at least 1.</param>
    public BatchParts(DigitSumNetwork network, Func<DigitSumNetwork> createNetwork, TrainingMethod method, int threads)
    {
        _network = network;
        _labelSmoothing = method.LabelSmoothing;
        _threads = threads;
        DeviceType device = network.parameters().First().device.type;
        int parts = device == DeviceType.CPU ? method.Parts : 1;
        _replicas = [.. Enumerable.Range(1, parts - 1).Select(_ => new Replica(createNetwork(), network))];
        _hardest = method.Variants > 1 ? new HardestVariants(network, createNetwork, HardestVariants.QuickestType(device)) : null;
        _workers = [.. Enumerable.Range(1, Math.Min(parts, threads) - 1).Select(_ => new WorkerThread())];
    }

    /// <summary>Starts an epoch: random sources begin anew, and modules are in training mode.</summary>
    public void BeginEpoch(long seed, int epoch)
    {
        _network.train();
        for (int part = 1; part <= _replicas.Length; part++)
            _replicas[part - 1].Network.SeedMasks(seed, epoch, part);
        _network.SeedEpoch(seed, epoch);
    }

    /// <summary>Splits a batch that is large enough, and brings the copies up to what the network is; all gradients are nought.</summary>
    public IReadOnlyList<BatchPart> Split(SumBatch batch)
    {
        int rows = (int)batch.Labels.shape[0];
        Replica[] replicas = rows < SmallestPart * (_replicas.Length + 1) ? [] : _replicas;
        _network.zero_grad();
        foreach (Replica replica in replicas)
            replica.Follow();
        _hardest?.Follow();

        int parts = replicas.Length + 1;
        return
        [
            .. Enumerable.Range(0, parts).Select(part => new BatchPart(
                part == 0 ? _network : replicas[part - 1].Network,
                batch.Rows(rows * part / parts, rows * (part + 1) / parts),
                rows,
                _hardest,
                _labelSmoothing)),
        ];
    }

    /// <summary>Lets all parts learn, each thread every n-th, and adds their gradients and statistics to the network's.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">What went wrong in the first part where something did; nothing of the others is kept.</exception>
    public void Learn(IReadOnlyList<BatchPart> parts)
    {
        WorkerThread[] workers = parts.Count == 1 ? [] : _workers;
        int atOnce = workers.Length + 1;
        for (int worker = 1; worker < atOnce; worker++)
            workers[worker - 1].Begin(Share(worker));

        ExceptionDispatchInfo? error = Share(0).TryLearn();
        foreach (WorkerThread worker in workers)
        {
            ExceptionDispatchInfo? another = worker.End();
            error ??= another;
        }

        set_num_threads(_threads);
        if (error is not null)
        {
            foreach (BatchPart part in parts)
                part.Scores?.Dispose();
            error.Throw();
        }

        for (int part = 1; part < parts.Count; part++)
            _replicas[part - 1].TakeIn(shareOfStatistics: 1.0 / (part + 1));

        // Libtorch keeps its number of threads for each thread.
        ThreadsShare Share(int first) => new([.. parts.Where((_, index) => index % atOnce == first)], (_threads + atOnce - 1 - first) / atOnce);
    }

    public void Dispose()
    {
        foreach (WorkerThread worker in _workers)
            worker.Dispose();
        foreach (Replica replica in _replicas)
            replica.Network.Dispose();
        _hardest?.Dispose();
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
                    original.GoTowards(copy, shareOfStatistics);
            }
        }
    }

    // What one thread does for a batch.
    private readonly record struct ThreadsShare(BatchPart[] Parts, int TorchThreads)
    {
        public ExceptionDispatchInfo? TryLearn()
        {
            try
            {
                set_num_threads(TorchThreads);
                foreach (BatchPart part in Parts)
                    part.Learn();
                return null;
            }
            catch (Exception error)
            {
                return ExceptionDispatchInfo.Capture(error);
            }
        }
    }

    /// <summary>A thread that learns one share after the other.</summary>
    /// <remarks>
    /// Threads of the pool take turns; libtorch keeps its number of threads, and glibc freed memory, for each thread, so that the same
    /// one is quicker for the same work.
    /// </remarks>
    private sealed class WorkerThread : IDisposable
    {
        private readonly SemaphoreSlim _begun = new(0);
        private readonly SemaphoreSlim _ended = new(0);
        private readonly Thread _thread;
        private ThreadsShare? _share;
        private ExceptionDispatchInfo? _error;

        public WorkerThread()
        {
            _thread = new Thread(Run) { IsBackground = true, Name = nameof(WorkerThread) };
            _thread.Start();
        }

        // Gives the thread its next share, once the last has ended.
        public void Begin(ThreadsShare share)
        {
            _share = share;
            _begun.Release();
        }

        // Waits for the end of the share that was begun, and tells what went wrong.
        public ExceptionDispatchInfo? End()
        {
            _ended.Wait();
            return _error;
        }

        public void Dispose()
        {
            _share = null;
            _begun.Release();
            _thread.Join();
            _begun.Dispose();
            _ended.Dispose();
        }

        private void Run()
        {
            while (true)
            {
                _begun.Wait();
                if (_share is not { } share)
                    return;
                _error = share.TryLearn();
                _ended.Release();
            }
        }
    }
}
