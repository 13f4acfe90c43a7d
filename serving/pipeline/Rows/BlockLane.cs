using System.Runtime.ExceptionServices;
using Microsoft.ML;

namespace MnistAdder.Serving.Rows;

/// <summary>
/// One input cursor's rows, in blocks that are read one after the other, scored several at a time, and handed on in reading order.
/// </summary>
/// <remarks>
/// Work is done by whoever is free: threads of the pool, and the receiver of the results whenever it would otherwise wait for a block
/// that nobody has begun. So nothing here waits for a pool that is busy, and two such transforms in a row can't starve each other.
/// Memory is bounded by the number of blocks, however long the input.
/// </remarks>
internal sealed class BlockLane : IDisposable
{
    private readonly object _gate = new();
    private readonly DataViewRowCursor _input;
    private readonly Func<DataViewRowCursor, RowBlock> _create;
    private readonly int _workers;
    private readonly int _maxBlocks;
    private readonly List<RowBlock> _blocks = [];
    private readonly Stack<RowBlock> _free = new();
    private readonly Queue<RowBlock> _inOrder = new();

    private int _begunBlocks;
    private int _activeWorkers;
    private bool _reading;
    private bool _ended;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Takes over a cursor.</summary>
    /// <param name="input">The rows; disposed with the lane.</param>
    /// <param name="create">Allocates a block over the cursor.</param>
    /// <param name="workers">Threads of the pool that work at once, at least 1.</param>
    public BlockLane(DataViewRowCursor input, Func<DataViewRowCursor, RowBlock> create, int workers)
    {
        _input = input;
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
    public RowBlock? Take()
    {
        while (true)
        {
            RowBlock? own;
            lock (_gate)
            {
                while (_inOrder.Count > 0 || !CanRead)
                {
                    if (_inOrder.TryPeek(out RowBlock? oldest) && oldest.IsScored)
                    {
                        // A failed block stays at the head, so that no later row can pass it.
                        oldest.Failure?.Throw();
                        return _inOrder.Dequeue();
                    }

                    if (_inOrder.Count == 0 && _ended && !_reading)
                    {
                        _failure?.Throw();
                        return null;
                    }

                    Monitor.Wait(_gate);
                }

                own = BeginReading();
            }

            ReadAndScore(own);
        }
    }

    /// <summary>Gives a block back to be filled again.</summary>
    public void Return(RowBlock block)
    {
        lock (_gate)
        {
            _free.Push(block);
            StartWorker();
        }
    }

    /// <summary>Ends reading, waits until nobody uses the input any more, and disposes of it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            while (_activeWorkers > 0)
                Monitor.Wait(_gate);
        }

        foreach (RowBlock block in _blocks)
            block.Dispose();
        _input.Dispose();
    }

    // Under the gate. It's the next worker's turn to read.
    private void StartWorker()
    {
        if (!CanRead || _activeWorkers == _workers)
            return;
        _activeWorkers++;
        ThreadPool.UnsafeQueueUserWorkItem(static lane => lane.Work(), this, preferLocal: false);
    }

    private void Work()
    {
        while (true)
        {
            RowBlock? block;
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
    private RowBlock? BeginReading()
    {
        _reading = true;
        if (_free.TryPop(out RowBlock? block))
            return block;
        _begunBlocks++;
        return null;
    }

    private void ReadAndScore(RowBlock? block)
    {
        bool more = false;
        ExceptionDispatchInfo? failure = null;
        try
        {
            if (block is null)
            {
                block = _create(_input);
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
            block.IsScored = true;
            Monitor.PulseAll(_gate);
        }
    }
}
