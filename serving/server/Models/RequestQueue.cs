using System.Diagnostics;
using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.Models;

/// <summary>
/// The requests that wait for a model, and the workers that run them. A worker is free again after each run, and each run takes what has come by
/// then: under load runs fill by themselves, and a request that comes alone is run at once.
/// </summary>
/// <remarks>
/// A worker is an item of the thread pool that queues itself anew after each run, behind the answers of that run and the requests that have come in
/// the meantime. So these are read before the next run begins, and are in it.
/// </remarks>
internal sealed class RequestQueue : IThreadPoolWorkItem, IDisposable
{
    private readonly Lock _gate = new();
    private readonly LinkedList<InferenceJob> _jobs = new();
    private readonly QueueOptions _options;
    private readonly int _workers;
    private readonly Func<int> _maxBatch;
    private readonly Action<IReadOnlyList<JobRows>> _run;
    private readonly Timer _timer;
    private readonly Timer _sweeper;
    private int _running; // workers that are at work or have been called
    private bool _isClosed;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="options">Limits and waits.</param>
    /// <param name="workers">Most runs at once.</param>
    /// <param name="maxBatch">Most rows of a run, at least 1; may become less.</param>
    /// <param name="run">Runs rows and completes or fails their jobs; throws nothing.</param>
    public RequestQueue(QueueOptions options, int workers, Func<int> maxBatch, Action<IReadOnlyList<JobRows>> run)
    {
        _options = options;
        _workers = workers;
        _maxBatch = maxBatch;
        _run = run;
        _timer = new Timer(_ => CallWorker());
        TimeSpan pause = TimeSpan.FromSeconds(Math.Clamp(options.Timeout.TotalSeconds / 4, 0.01, 1));
        _sweeper = new Timer(_ => Sweep(), null, pause, pause);
    }

    /// <summary>Requests that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _jobs.Count;
        }
    }

    /// <summary>Has a request run.</summary>
    /// <param name="job">The request.</param>
    /// <param name="gone">Its client's patience: a request that waits leaves the queue.</param>
    /// <exception cref="ProtocolException">The queue is full or closed, or the request waited too long; the model failed.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async Task<Tensor[]> Run(InferenceJob job, CancellationToken gone)
    {
        bool isWorkerWanted;
        lock (_gate)
        {
            if (_isClosed)
                throw ProtocolException.Later("The server is shutting down.");
            if (_jobs.Count >= _options.MaxQueue)
                throw ProtocolException.Later($"{_jobs.Count} requests wait for the model already, the most that may.");
            _jobs.AddLast(job);
            isWorkerWanted = TryEngage();
        }

        if (isWorkerWanted)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        using CancellationTokenRegistration registration = gone.UnsafeRegister(_ => Leave(job), null);
        return await job.Answer;
    }

    void IThreadPoolWorkItem.Execute()
    {
        List<JobRows>? rows;
        bool isWorkerWanted;
        lock (_gate)
        {
            rows = Take();
            if (rows is null)
            {
                _running--;
                return;
            }

            // For what is left of a large request.
            isWorkerWanted = TryEngage();
        }

        if (isWorkerWanted)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        _run(rows);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Fails the requests that wait; runs that have begun go on to their end.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (InferenceJob job in _jobs)
                job.Fail(ProtocolException.Later("The server is shutting down."));
            _jobs.Clear();
        }

        _timer.Dispose();
        _sweeper.Dispose();
    }

    // Those who have waited too long, while all workers are at work.
    private void Sweep()
    {
        lock (_gate)
        {
            for (LinkedListNode<InferenceJob>? node = _jobs.First, next; node is not null; node = next)
            {
                next = node.Next;
                if (HasWaitedTooLong(node.Value))
                    _jobs.Remove(node);
            }
        }
    }

    private void CallWorker()
    {
        bool isWorkerWanted;
        lock (_gate)
            isWorkerWanted = TryEngage();
        if (isWorkerWanted)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private bool TryEngage()
    {
        if (_running == _workers || _jobs.Count == 0)
            return false;
        _running++;
        return true;
    }

    // A run that has begun with the last of its rows goes on to its end.
    private void Leave(InferenceJob job)
    {
        lock (_gate)
        {
            if (_jobs.Remove(job))
                job.Cancel();
        }
    }

    // The rows of the next run; null where nothing waits, or what waits is to wait for company.
    private List<JobRows>? Take()
    {
        while (_jobs.First is { } first && (first.Value.IsEnded || HasWaitedTooLong(first.Value)))
            _jobs.RemoveFirst();
        if (_jobs.First is not { Value: var head })
            return null;
        if (head.Rows == 0)
        {
            _jobs.RemoveFirst();
            head.RowsTaken = 1;
            return [new JobRows(head, 0, 0)];
        }

        int limit = _maxBatch();
        if (_options.MaxWait > TimeSpan.Zero && head.RowsTaken == 0)
        {
            TimeSpan left = _options.MaxWait - Stopwatch.GetElapsedTime(head.Came);
            if (left > TimeSpan.Zero && _jobs.Where(job => job.Rows > 0 && job.IsCompatible(head)).Sum(job => (long)job.Rows - job.RowsTaken) < limit)
            {
                _timer.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
                return null;
            }
        }

        List<JobRows> rows = [];
        for (LinkedListNode<InferenceJob>? node = _jobs.First, next; node is not null && limit > 0; node = next)
        {
            next = node.Next;
            InferenceJob job = node.Value;
            if (job.Rows == 0 || !job.IsCompatible(head))
                continue;
            _jobs.Remove(node);
            if (job.IsEnded)
                continue;
            int count = Math.Min(limit, job.Rows - job.RowsTaken);
            rows.Add(new JobRows(job, job.RowsTaken, count));
            job.RowsTaken += count;
            limit -= count;
            // What is left of a large request lets others go before it.
            if (job.RowsTaken < job.Rows)
                _jobs.AddLast(job);
        }

        return rows;
    }

    private bool HasWaitedTooLong(InferenceJob job)
    {
        if (job.RowsTaken > 0 || Stopwatch.GetElapsedTime(job.Came) < _options.Timeout)
            return false;
        job.Fail(ProtocolException.Later($"The request waited {_options.Timeout.TotalSeconds:0.#} s for its turn, the longest that it may."));
        return true;
    }
}
