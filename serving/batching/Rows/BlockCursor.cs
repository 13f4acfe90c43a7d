using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.OnnxBatching.Rows;

/// <summary>
/// The rows of one or more lanes as one cursor. Lanes come from a set of input cursors, whose rows ML.NET orders by their batch: all
/// rows of a batch are in one of the cursors, and a lower batch comes first.
/// </summary>
internal sealed class BlockCursor : DataViewRowCursor
{
    private readonly ColumnSelection _selection;
    private readonly RequestedColumns _requested;
    private readonly Func<DataViewSchema.Column, DataViewRowCursor>? _openLate;
    private readonly List<DataViewRowCursor> _late = [];
    private readonly Lane[] _lanes;
    private Lane? _current;
    private long _position = -1;
    private bool _started;
    private bool _ended;
    private bool _disposed;

    /// <summary>Takes over lanes.</summary>
    /// <param name="schema">The rows' schema.</param>
    /// <param name="selection">The columns that can be asked for.</param>
    /// <param name="requested">Receives those that are asked for before the first row; the lanes' blocks carry them.</param>
    /// <param name="lanes">At least one; disposed with the cursor.</param>
    /// <param name="openLate">
    /// Opens another cursor over the same rows for a column that is first asked for between rows; <see langword="null"/> where there
    /// is no such cursor, since the rows are shuffled or shared with other cursors.
    /// </param>
    public BlockCursor(
        DataViewSchema schema,
        ColumnSelection selection,
        RequestedColumns requested,
        IEnumerable<BlockLane<RowBlock>> lanes,
        Func<DataViewSchema.Column, DataViewRowCursor>? openLate)
    {
        Schema = schema;
        _selection = selection;
        _requested = requested;
        _openLate = openLate;
        _lanes = [.. lanes.Select(lane => new Lane(lane))];
    }

    /// <inheritdoc/>
    public override DataViewSchema Schema { get; }

    /// <inheritdoc/>
    public override long Position => _position;

    /// <inheritdoc/>
    public override long Batch => Current.Batch;

    private Lane Current => _current ?? throw new InvalidOperationException("The cursor stands before its first row or behind its last one.");

    /// <inheritdoc/>
    public override bool IsColumnActive(DataViewSchema.Column column) => _selection.IsActive(column);

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        if (_ended)
            return false;
        if (!_started && _lanes.Length > 1)
            Array.ForEach(_lanes, lane => lane.Start());
        _started = true;

        Lane? lane = _current;
        _current = null;
        long batch = lane?.Batch ?? 0;
        if (lane is null || !lane.MoveNext() || (_lanes.Length > 1 && lane.Batch != batch))
            lane = NextLane();

        _current = lane;
        _ended = lane is null;
        _position = _ended ? -1 : _position + 1;
        return !_ended;
    }

    /// <inheritdoc/>
    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = Current.Block.Id(Current.Row);

    /// <inheritdoc/>
    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        ColumnTypes.Check<TValue>(Schema, column, IsColumnActive(column));
        int index = column.Index;
        if (!_started)
            _requested.Add(index);
        else if (!_requested.Contains(index))
            return LateGetter<TValue>(column);
        return (ref TValue value) =>
        {
            Lane lane = Current;
            ((BlockColumn<TValue>)lane.Block.Column(index)).Get(lane.Row, ref value);
        };
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _ended = true;
            _current = null;
            foreach (DataViewRowCursor late in _late)
                late.Dispose();
            foreach (Lane lane in _lanes)
                lane.Dispose();
        }

        base.Dispose(disposing);
    }

    private ValueGetter<TValue> LateGetter<TValue>(DataViewSchema.Column column)
    {
        if (_openLate is null)
            throw new InvalidOperationException($"The getter of column '{column.Name}' has to be asked for before the first row is.");
        DataViewRowCursor late = _openLate(column);
        _late.Add(late);
        ValueGetter<TValue> getter = late.GetGetter<TValue>(column);
        return (ref TValue value) =>
        {
            _ = Current;
            while (late.Position < _position)
            {
                if (!late.MoveNext())
                    throw new InvalidOperationException("The input had fewer rows when it was read again.");
            }

            getter(ref value);
        };
    }

    private Lane? NextLane()
    {
        Lane? next = null;
        foreach (Lane lane in _lanes)
        {
            if (lane.StandsOnRow() && (next is null || lane.Batch < next.Batch))
                next = lane;
        }

        return next;
    }

    // A lane and the row of it that is next or current.
    private sealed class Lane(BlockLane<RowBlock> lane) : IDisposable
    {
        private RowBlock? _block;
        private bool _ended;

        public RowBlock Block => _block!;

        public int Row { get; private set; }

        public long Batch => Block.Batch(Row);

        public void Start() => lane.Start();

        // True without moving where the lane already stands on a row.
        public bool StandsOnRow() => _block is not null || MoveNext();

        public bool MoveNext()
        {
            if (_ended)
                return false;
            if (_block is not null && ++Row < _block.Count)
                return true;

            if (_block is not null)
                lane.Return(_block);
            _block = null;
            _block = lane.Take();
            Row = 0;
            _ended = _block is null;
            return !_ended;
        }

        public void Dispose() => lane.Dispose();
    }
}
