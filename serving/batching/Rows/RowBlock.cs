using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.OnnxBatching.Rows;

/// <summary>Rows that travel together: what passes through, what is scored, and the results.</summary>
internal sealed class RowBlock : IDisposable
{
    private readonly DataViewRowCursor _input;
    private readonly IScoringBlock? _scoring;
    private readonly BufferedColumn[] _passing;
    private readonly BlockColumn?[] _columns;
    private readonly ValueGetter<DataViewRowId> _idGetter;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _batches;

    /// <summary>Allocates a block.</summary>
    /// <param name="scorer">What makes the new columns.</param>
    /// <param name="requested">The columns that the block carries.</param>
    /// <param name="input">Where its rows are read.</param>
    public RowBlock(IColumnScorer scorer, RequestedColumns requested, DataViewRowCursor input)
    {
        int capacity = scorer.BlockRows;
        _input = input;
        _idGetter = input.GetIdGetter();
        _ids = new DataViewRowId[capacity];
        _batches = new long[capacity];
        _columns = new BlockColumn?[scorer.OutputSchema.Count];
        var passing = new List<BufferedColumn>();
        foreach (int index in requested.Passing)
        {
            var column = BufferedColumn.Create(input, scorer.InputSchema[index], capacity);
            passing.Add(column);
            _columns[index] = column.Column;
        }

        _passing = [.. passing];
        IReadOnlyList<int> outputs = requested.Outputs;
        if (outputs.Count == 0)
            return;
        _scoring = scorer.CreateBlock(input, outputs, capacity);
        foreach (int output in outputs)
            _columns[scorer.InputSchema.Count + output] = _scoring.Column(output);
    }

    /// <summary>Rows in the block; once it is scored, those with results.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the rows' results are there, or their failure.</summary>
    public bool IsScored { get; set; }

    /// <summary>Why the row behind the block's last one has no results.</summary>
    public ExceptionDispatchInfo? Failure { get; private set; }

    /// <summary>The values of a column of the output schema that the block carries.</summary>
    public BlockColumn Column(int index) => _columns[index]!;

    /// <summary>The row's identity in the input.</summary>
    public DataViewRowId Id(int index) => _ids[index];

    /// <summary>The row's batch in the input: what orders the rows of a set of cursors.</summary>
    public long Batch(int index) => _batches[index];

    /// <summary>Reads rows until the block is full or the input ends. Rows read before an exception stay.</summary>
    /// <returns>Whether the input may have more.</returns>
    public bool Fill()
    {
        IsScored = false;
        Failure = null;
        for (Count = 0; Count < _ids.Length; Count++)
        {
            if (!_input.MoveNext())
                return false;
            _idGetter(ref _ids[Count]);
            _batches[Count] = _input.Batch;
            foreach (BufferedColumn column in _passing)
                column.Read(Count);
            _scoring?.Read(Count);
        }

        return true;
    }

    /// <summary>Scores the rows; an exception is kept for whoever asks for the row that it belongs to.</summary>
    public void Score()
    {
        try
        {
            _scoring?.Score(Count);
        }
        catch (RowFailedException exception)
        {
            Count = exception.Row;
            Failure = ExceptionDispatchInfo.Capture(exception.InnerException!);
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to the thread that reads the results, which rethrows it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Count = 0;
            Failure = ExceptionDispatchInfo.Capture(exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _scoring?.Dispose();
}
