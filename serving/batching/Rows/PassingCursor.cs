using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.OnnxBatching.Rows;

/// <summary>The input's cursor under a wider schema, for a reader that wants none of the new columns.</summary>
internal sealed class PassingCursor(DataViewRowCursor input, IColumnScorer scorer, ColumnSelection selection) : DataViewRowCursor
{
    /// <inheritdoc/>
    public override DataViewSchema Schema => scorer.OutputSchema;

    /// <inheritdoc/>
    public override long Position => input.Position;

    /// <inheritdoc/>
    public override long Batch => input.Batch;

    /// <inheritdoc/>
    public override bool IsColumnActive(DataViewSchema.Column column) => selection.IsActive(column);

    /// <inheritdoc/>
    public override bool MoveNext() => input.MoveNext();

    /// <inheritdoc/>
    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    /// <inheritdoc/>
    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        ColumnTypes.Check<TValue>(Schema, column, IsColumnActive(column));
        return input.GetGetter<TValue>(scorer.InputSchema[column.Index]);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            input.Dispose();
        base.Dispose(disposing);
    }
}
