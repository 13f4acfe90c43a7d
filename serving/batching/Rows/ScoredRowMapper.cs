using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.OnnxBatching.Rows;

/// <summary>New columns for single rows, as a <c>PredictionEngine</c> asks for them: a block of one row, scored where it is read.</summary>
internal sealed class ScoredRowMapper(IColumnScorer scorer) : IRowToRowMapper
{
    /// <inheritdoc/>
    public DataViewSchema InputSchema => scorer.InputSchema;

    /// <inheritdoc/>
    public DataViewSchema OutputSchema => scorer.OutputSchema;

    /// <inheritdoc/>
    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        new ColumnSelection(scorer, dependingColumns).Inputs;

    /// <inheritdoc/>
    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        return new MappedRow(input, scorer, new ColumnSelection(scorer, activeColumns));
    }

    private sealed class MappedRow : DataViewRow
    {
        private readonly DataViewRow _input;
        private readonly IColumnScorer _scorer;
        private readonly ColumnSelection _selection;
        private readonly IScoringBlock? _block;
        private long? _scoredPosition;

        public MappedRow(DataViewRow input, IColumnScorer scorer, ColumnSelection selection)
        {
            _input = input;
            _scorer = scorer;
            _selection = selection;
            if (selection.Outputs.Count > 0)
                _block = scorer.CreateBlock(input, selection.Outputs, capacity: 1);
        }

        public override DataViewSchema Schema => _scorer.OutputSchema;

        public override long Position => _input.Position;

        public override long Batch => _input.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => _selection.IsActive(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            ColumnTypes.Check<TValue>(Schema, column, IsColumnActive(column));
            int inputs = _scorer.InputSchema.Count;
            if (column.Index < inputs)
                return _input.GetGetter<TValue>(_scorer.InputSchema[column.Index]);

            var scored = (BlockColumn<TValue>)_block!.Column(column.Index - inputs);
            return (ref TValue value) =>
            {
                Score();
                scored.Get(0, ref value);
            };
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _block?.Dispose();
                _input.Dispose();
            }

            base.Dispose(disposing);
        }

        // Once for a row, however many columns are read. A row that fails isn't remembered as scored.
        private void Score()
        {
            if (_scoredPosition == _input.Position)
                return;
            _scoredPosition = null;
            _block!.Read(0);
            try
            {
                _block.Score(1);
            }
            catch (RowFailedException exception)
            {
                ExceptionDispatchInfo.Throw(exception.InnerException!);
            }

            _scoredPosition = _input.Position;
        }
    }
}
