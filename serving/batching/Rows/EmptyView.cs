using Microsoft.ML;

namespace MnistAdder.OnnxBatching.Rows;

/// <summary>A schema without rows: all that stock estimators look at when they have nothing to learn.</summary>
internal sealed class EmptyView(DataViewSchema schema) : IDataView
{
    /// <inheritdoc/>
    public bool CanShuffle => false;

    /// <inheritdoc/>
    public DataViewSchema Schema => schema;

    /// <inheritdoc/>
    public long? GetRowCount() => 0;

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        throw new NotSupportedException("A schema alone has no rows.");

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        throw new NotSupportedException("A schema alone has no rows.");
}
