using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using MnistAdder.Scoring.Tables;

namespace MnistAdder.Scoring.Rows;

/// <summary>Reads tables ahead, one after the other, on a thread of its own, so that whoever takes the rows can see when none is coming for a while.</summary>
/// <remarks>Memory is bounded by the length of the queue, however long the tables.</remarks>
internal sealed class RowFeed : IDisposable
{
    private const int LongestBatch = 64;
    private const int LongestQueue = 8;

    // Longer than a disk takes for its next block, and too short for a person to notice.
    private const int StallMilliseconds = 20;

    private readonly BlockingCollection<InputRow[]> _queue = new(LongestQueue);
    private readonly CancellationTokenSource _stop;
    private readonly List<InputRow> _pending = [];
    private InputRow[] _batch = [];
    private int _next;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Begins to read, and waits for the first table's header.</summary>
    /// <param name="sources">The tables, at least one.</param>
    /// <param name="limit">How many rows at most.</param>
    /// <param name="stop">Ends the feed.</param>
    /// <exception cref="InvalidDataException">The header is missing or malformed.</exception>
    /// <exception cref="OperationCanceledException">The feed was stopped: the header of standard input may be long in coming.</exception>
    public RowFeed(IReadOnlyList<TableSource> sources, int limit, CancellationToken stop)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var table = new TaskCompletionSource<InputTable>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Read(sources, table, limit)) { IsBackground = true, Name = "rows" }.Start();
        Table = table.Task.WaitAsync(stop).GetAwaiter().GetResult();
    }

    /// <summary>The first table, whose header is that of all; its rows are for the feed alone.</summary>
    public InputTable Table { get; }

    /// <summary>Whether all rows have been taken.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Waits for the next row.</summary>
    /// <param name="patiently">Wait as long as it takes, else only for a moment.</param>
    /// <returns>The row; <see langword="null"/> where none came or the rows have ended.</returns>
    /// <exception cref="OperationCanceledException">The feed was stopped.</exception>
    /// <exception cref="InvalidDataException">The file is malformed behind the rows that came before, or can't be read any more.</exception>
    public InputRow? Take(bool patiently)
    {
        if (Wait(patiently ? Timeout.Infinite : StallMilliseconds))
            return _batch[_next++];
        if (_queue.IsCompleted)
        {
            _failure?.Throw();
            IsEnded = true;
        }

        return null;
    }

    /// <summary>Waits a moment for a row, which stays the next one to take.</summary>
    /// <returns>Whether one is there; else the input pauses or has ended.</returns>
    /// <exception cref="OperationCanceledException">The feed was stopped.</exception>
    public bool HasNext() => Wait(StallMilliseconds);

    /// <summary>Ends whoever waits for a row, and lets the reader's thread end, which may still be waiting for the file and keeps the queue until then.</summary>
    public void Stop() => _stop.Cancel();

    /// <inheritdoc/>
    public void Dispose() => Stop();

    private bool Wait(int milliseconds)
    {
        if (_next < _batch.Length)
            return true;
        if (!_queue.TryTake(out InputRow[]? batch, milliseconds, _stop.Token))
            return false;
        _batch = batch;
        _next = 0;
        return true;
    }

    private void Read(IReadOnlyList<TableSource> sources, TaskCompletionSource<InputTable> first, int limit)
    {
        string name = "";
        try
        {
            foreach (TableSource source in sources)
            {
                name = source.Name;
                using InputTable table = source.Open(HandOn);
                if (!first.TrySetResult(table))
                    table.RequireHeaderOf(first.Task.Result);
                limit -= ReadRows(table, limit);
                if (limit == 0)
                    break;
            }
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to the thread that takes the rows, where it is thrown again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Exception failure = exception is IOException or UnauthorizedAccessException
                ? new InvalidDataException($"{name} can't be read to its end: {exception.Message}", exception)
                : exception;
            if (!first.TrySetException(failure))
                _failure = ExceptionDispatchInfo.Capture(failure);
        }

        _queue.CompleteAdding();
    }

    private int ReadRows(InputTable table, int limit)
    {
        int rows = 0;
        try
        {
            foreach (InputRow row in table.Rows().Take(limit))
            {
                rows++;
                _pending.Add(row);
                if (_pending.Count == LongestBatch)
                    HandOn();
            }
        }
        finally
        {
            HandOn();
        }

        return rows;
    }

    // On the reader's thread: when there are enough rows, and before it waits for more of the file.
    private void HandOn()
    {
        if (_pending.Count == 0)
            return;
        _queue.Add([.. _pending], _stop.Token);
        _pending.Clear();
    }
}
