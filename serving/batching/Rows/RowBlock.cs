using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.OnnxBatching.Rows;

/// <summary>Rows of a cursor: what passes through, what is scored, and the results.</summary>
internal sealed class RowBlock : LaneBlock
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

    /// <inheritdoc/>
    protected override int Capacity => _ids.Length;

    /// <summary>The values of a column of the output schema that the block carries.</summary>
    public BlockColumn Column(int index) => _columns[index]!;

    /// <summary>The row's identity in the input.</summary>
    public DataViewRowId Id(int index) => _ids[index];

    /// <summary>The row's batch in the input: what orders the rows of a set of cursors.</summary>
    public long Batch(int index) => _batches[index];

    /// <inheritdoc/>
    protected override bool TryRead(int index)
    {
        if (!_input.MoveNext())
            return false;
        _idGetter(ref _ids[index]);
        _batches[index] = _input.Batch;
        foreach (BufferedColumn column in _passing)
            column.Read(index);
        _scoring?.Read(index);
        return true;
    }

    /// <inheritdoc/>
    protected override void Score(int count) => _scoring?.Score(count);

    /// <inheritdoc/>
    public override void Dispose() => _scoring?.Dispose();
}
