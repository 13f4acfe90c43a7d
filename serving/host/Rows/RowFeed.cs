using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using MnistAdder.Scoring.Csv;

namespace MnistAdder.Scoring.Rows;

/// <summary>Reads a table ahead on a thread of its own, so that whoever takes the rows can see when none is coming for a while.</summary>
/// <remarks>Memory is bounded by the length of the queue, however long the file.</remarks>
internal sealed class RowFeed : IDisposable
{
    private const int LongestBatch = 64;
    private const int LongestQueue = 8;

    // Longer than a disk takes for its next block, and too short for a person to notice.
    private const int StallMilliseconds = 20;

    private readonly BlockingCollection<CsvRecord[]> _queue = new(LongestQueue);
    private readonly CancellationTokenSource _stop;
    private readonly string _name;
    private readonly List<CsvRecord> _pending = [];
    private CsvRecord[] _batch = [];
    private int _next;
    private bool _isStarted;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Reads the table's header.</summary>
    /// <param name="stream">The file; disposed when it has been read, or with the feed.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="pathColumn">The column with the images' paths.</param>
    /// <param name="numberColumn">The column with the numbers to add.</param>
    /// <param name="stop">Ends the feed.</param>
    /// <exception cref="InvalidDataException">The header is missing or malformed.</exception>
    /// <exception cref="OperationCanceledException">The feed was stopped.</exception>
    public RowFeed(Stream stream, string name, string pathColumn, string numberColumn, CancellationToken stop)
    {
        _name = name;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // On another thread, since the header of standard input may be long in coming, and the wait for it has to end with a signal.
        Table = Task.Factory
            .StartNew(() => Open(stream, name, pathColumn, numberColumn), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .WaitAsync(stop).GetAwaiter().GetResult();
    }

    /// <summary>What is read; its rows are for the feed alone.</summary>
    public InputTable Table { get; }

    /// <summary>Whether all rows have been taken.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Begins to read rows.</summary>
    /// <param name="limit">How many at most.</param>
    public void Start(int limit)
    {
        _isStarted = true;
        new Thread(() => Read(limit)) { IsBackground = true, Name = "CSV" }.Start();
    }

    /// <summary>Waits for the next row.</summary>
    /// <param name="patiently">Wait as long as it takes, else only for a moment.</param>
    /// <returns>The row; <see langword="null"/> where none came or the rows have ended.</returns>
    /// <exception cref="OperationCanceledException">The feed was stopped.</exception>
    /// <exception cref="InvalidDataException">The file is malformed behind the rows that came before, or can't be read any more.</exception>
    public CsvRecord? Take(bool patiently)
    {
        if (_next < _batch.Length)
            return _batch[_next++];
        if (_queue.TryTake(out CsvRecord[]? batch, patiently ? Timeout.Infinite : StallMilliseconds, _stop.Token))
        {
            _batch = batch;
            _next = 1;
            return batch[0];
        }

        if (_queue.IsCompleted)
        {
            _failure?.Throw();
            IsEnded = true;
        }

        return null;
    }

    /// <summary>Lets the reader's thread end, which may still be waiting for the file and keeps the queue until then.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        if (!_isStarted)
            Table.Dispose();
    }

    private InputTable Open(Stream stream, string name, string pathColumn, string numberColumn)
    {
        var reader = new CsvReader(stream, name, beforeWaiting: HandOn);
        try
        {
            return InputTable.Open(reader, name, pathColumn, numberColumn);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    private void Read(int limit)
    {
        try
        {
            using (Table)
                ReadRows(limit);
        }
        catch (IOException exception)
        {
            _failure = ExceptionDispatchInfo.Capture(new InvalidDataException($"{_name} can't be read to its end: {exception.Message}", exception));
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to the thread that takes the rows, where it is thrown again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
        }

        _queue.CompleteAdding();
    }

    private void ReadRows(int limit)
    {
        try
        {
            foreach (CsvRecord row in Table.Rows().Take(limit))
            {
                _pending.Add(row);
                if (_pending.Count == LongestBatch)
                    HandOn();
            }
        }
        finally
        {
            HandOn();
        }
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
