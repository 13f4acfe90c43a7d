using System.Runtime.ExceptionServices;

namespace MnistAdder.OnnxBatching.Rows;

/// <summary>Rows of one input, in blocks that are read one after the other, scored several at a time, and handed on in reading order.</summary>
/// <remarks>
/// Work is done by whoever is free: threads of the pool as far as they come, and the receiver of the results for those that don't.
/// Nothing here ever waits for a thread of the pool that hasn't begun, so that the receiver can always finish alone, however busy the
/// pool, and two such transforms in a row can't starve each other. Memory is bounded by the number of blocks, however long the input.
/// </remarks>
internal sealed class BlockLane<TBlock> : IDisposable
    where TBlock : LaneBlock
{
    private readonly object _gate = new();
    private readonly IDisposable? _input;
    private readonly Action? _stop;
    private readonly Func<TBlock> _create;
    private readonly int _workers;
    private readonly int _maxBlocks;
    private readonly List<TBlock> _blocks = [];
    private readonly Stack<TBlock> _free = new();
    private readonly Queue<TBlock> _inOrder = new();

    private int _begunBlocks;
    private int _queuedWorkers;
    private int _activeWorkers;
    private bool _reading;
    private bool _ended;
    private TBlock? _failed;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Makes a lane without blocks.</summary>
    /// <param name="create">Allocates a block over the input.</param>
    /// <param name="workers">Threads of the pool that work at once, at least 1.</param>
    /// <param name="input">Where blocks read their rows, disposed with the lane; <see langword="null"/> where it stays its owner's.</param>
    /// <param name="stop">Ends what reading waits for, where that may be long; called before the lane waits for those who read.</param>
    public BlockLane(Func<TBlock> create, int workers, IDisposable? input = null, Action? stop = null)
    {
        _input = input;
        _stop = stop;
        _create = create;
        _workers = workers;
        // One for each worker, as many again that wait to be handed on, and the one in the receiver's hands.
        _maxBlocks = (2 * workers) + 1;
    }

    // Under the gate: nobody reads, there is something left, and a block to read it into.
    private bool CanRead => !_reading && !_ended && (_free.Count > 0 || _begunBlocks < _maxBlocks);

    /// <summary>Lets the pool begin before anyone asks for a block.</summary>
    public void Start()
    {
        lock (_gate)
            StartWorker();
    }

    /// <summary>Waits for the next block in order.</summary>
    /// <returns>A scored block, to be given back; <see langword="null"/> at the end.</returns>
    public TBlock? Take()
    {
        while (true)
        {
            TBlock? own;
            lock (_gate)
            {
                while (true)
                {
                    if (_inOrder.TryPeek(out TBlock? oldest) && oldest.IsScored)
                        return Hand(oldest);
                    if (_inOrder.Count == 0 && _ended && !_reading)
                    {
                        _failure?.Throw();
                        return null;
                    }

                    // What is in order is being worked on, by a thread that has begun: to help beside it was measured to be slower.
                    if (CanRead && _inOrder.Count == 0)
                        break;
                    Monitor.Wait(_gate);
                }

                own = BeginReading();
            }

            ReadAndScore(own);
        }
    }

    /// <summary>Gives a block back to be filled again.</summary>
    public void Return(TBlock block)
    {
        lock (_gate)
        {
            if (block == _failed)
                return;
            _free.Push(block);
            StartWorker();
        }
    }

    /// <summary>Ends reading, waits for the workers that have begun, since they use the input, and disposes of it.</summary>
    public void Dispose()
    {
        _stop?.Invoke();
        lock (_gate)
        {
            _ended = true;
            while (_activeWorkers > 0)
                Monitor.Wait(_gate);
        }

        foreach (TBlock block in _blocks)
            block.Dispose();
        _input?.Dispose();
    }

    // Under the gate. Of a block that failed the rows before the failure are handed on; it stays at the head, so that no later row can
    // pass it.
    private TBlock Hand(TBlock oldest)
    {
        if (oldest.Failure is null)
            return _inOrder.Dequeue();
        if (oldest == _failed || oldest.Count == 0)
            oldest.Failure.Throw();
        return _failed = oldest;
    }

    // Under the gate. It's the next worker's turn to read.
    private void StartWorker()
    {
        if (!CanRead || _queuedWorkers + _activeWorkers == _workers)
            return;
        _queuedWorkers++;
        ThreadPool.UnsafeQueueUserWorkItem(static lane => lane.Work(), this, preferLocal: false);
    }

    private void Work()
    {
        lock (_gate)
        {
            _queuedWorkers--;
            if (!CanRead)
                return;
            _activeWorkers++;
        }

        while (true)
        {
            TBlock? block;
            lock (_gate)
            {
                if (!CanRead)
                {
                    _activeWorkers--;
                    Monitor.PulseAll(_gate);
                    return;
                }

                block = BeginReading();
            }

            ReadAndScore(block);
        }
    }

    // Under the gate. A block to read into; null where one is still to be made.
    private TBlock? BeginReading()
    {
        _reading = true;
        if (_free.TryPop(out TBlock? block))
            return block;
        _begunBlocks++;
        return null;
    }

    private void ReadAndScore(TBlock? block)
    {
        bool more = false;
        ExceptionDispatchInfo? failure = null;
        try
        {
            if (block is null)
            {
                block = _create();
                _blocks.Add(block);
            }

            more = block.Fill();
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to the thread that receives the results, where it is thrown again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = ExceptionDispatchInfo.Capture(exception);
        }

        bool hasRows = block is { Count: > 0 };
        lock (_gate)
        {
            _reading = false;
            _ended |= !more;
            _failure ??= failure;
            if (hasRows)
                _inOrder.Enqueue(block!);
            StartWorker();
            Monitor.PulseAll(_gate);
        }

        if (!hasRows)
            return;
        block!.Score();
        lock (_gate)
        {
            block.SetScored();
            Monitor.PulseAll(_gate);
        }
    }
}
