using Microsoft.ML;
using Microsoft.ML.Data;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Corpus;

/// <summary>Rows of tensors as a data view: a column for every tensor, of types that are known at run time only.</summary>
internal sealed class TensorView : IDataView
{
    private readonly IReadOnlyList<IReadOnlyList<CorpusTensor>> _rows;

    private TensorView(IReadOnlyList<IReadOnlyList<CorpusTensor>> rows)
    {
        _rows = rows;
        Schema = CreateSchema(rows[0]);
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    /// <summary>A view of rows, at least one, each with the same tensors.</summary>
    public static TensorView Of(IReadOnlyList<IReadOnlyList<CorpusTensor>> rows)
    {
        // Some models have no inputs, and ML.NET takes no data without columns.
        CorpusTensor filler = new("filler", ElementType.Int64, [], new long[1]);
        return new TensorView(rows[0].Count > 0 ? rows : [.. rows.Select(_ => new[] { filler })]);
    }

    public long? GetRowCount() => _rows.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(Schema, _rows, [.. columnsNeeded.Select(column => column.Index)]);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private static DataViewSchema CreateSchema(IEnumerable<CorpusTensor> tensors)
    {
        var builder = new DataViewSchema.Builder();
        foreach (CorpusTensor tensor in tensors)
            builder.AddColumn(tensor.Name, tensor.ColumnType);
        return builder.ToSchema();
    }

    private sealed class Cursor(DataViewSchema schema, IReadOnlyList<IReadOnlyList<CorpusTensor>> rows, HashSet<int> active) : DataViewRowCursor
    {
        private int _row = -1;

        public override long Position => _row < rows.Count ? _row : -1;

        public override long Batch => 0;

        public override DataViewSchema Schema => schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            int index = column.Index;
            Array Current() => rows[_row][index].Values;
            TensorKind kind = rows[0][index].Kind;
            return (ValueGetter<TValue>)(column.Type is VectorDataViewType ? kind.VectorGetter(Current) : kind.ScalarGetter(Current));
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_row, 0);

        public override bool MoveNext() => ++_row < rows.Count;
    }
}
