using Microsoft.ML;

namespace MnistAdder.OnnxBatching.Rows;

/// <summary>A data view with new columns that are computed a block of rows at a time, while it is read.</summary>
internal sealed class ScoredDataView(IDataView input, IColumnScorer scorer) : IDataView
{
    /// <inheritdoc/>
    public bool CanShuffle => input.CanShuffle;

    /// <inheritdoc/>
    public DataViewSchema Schema => scorer.OutputSchema;

    /// <inheritdoc/>
    public long? GetRowCount() => input.GetRowCount();

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var selection = new ColumnSelection(scorer, columnsNeeded);
        if (selection.Outputs.Count == 0)
            return new PassingCursor(input.GetRowCursor(selection.Inputs, rand), scorer, selection);

        // Where the input can be read by several cursors at once, whatever stands before this transform works on all cores too.
        DataViewRowCursor[] cursors = input.GetRowCursorSet(selection.Inputs, scorer.Workers, rand);
        Func<DataViewSchema.Column, DataViewRowCursor>? openLate = rand is null ? column => GetRowCursor([column]) : null;
        return Open(selection, cursors, Math.Max(1, scorer.Workers / cursors.Length), openLate);
    }

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var selection = new ColumnSelection(scorer, columnsNeeded);
        DataViewRowCursor[] cursors = input.GetRowCursorSet(selection.Inputs, n, rand);
        if (selection.Outputs.Count == 0)
            return [.. cursors.Select(cursor => new PassingCursor(cursor, scorer, selection))];

        int workers = Math.Max(1, scorer.Workers / cursors.Length);
        return [.. cursors.Select(cursor => Open(selection, [cursor], workers, openLate: null))];
    }

    private BlockCursor Open(
        ColumnSelection selection, DataViewRowCursor[] cursors, int workers, Func<DataViewSchema.Column, DataViewRowCursor>? openLate)
    {
        var requested = new RequestedColumns(scorer.InputSchema.Count);
        IEnumerable<BlockLane<RowBlock>> lanes = cursors.Select(
            cursor => new BlockLane<RowBlock>(() => new RowBlock(scorer, requested, cursor), workers, input: cursor));
        return new BlockCursor(scorer.OutputSchema, selection, requested, lanes, openLate);
    }
}
