using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.OnnxBatching.Columns;

/// <summary>Reads a scalar or vector column of one element type, row by row.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal sealed class ColumnValues<T>
{
    private readonly ValueGetter<T>? _scalar;
    private readonly ValueGetter<VBuffer<T>>? _vector;
    private T _value = default!;
    private VBuffer<T> _values;

    /// <summary>Takes the column's getter.</summary>
    public ColumnValues(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is VectorDataViewType)
            _vector = row.GetGetter<VBuffer<T>>(column);
        else
            _scalar = row.GetGetter<T>(column);
    }

    /// <summary>Reads the current row.</summary>
    /// <returns>The number of its values, 1 for a scalar.</returns>
    public int Read()
    {
        if (_vector is null)
        {
            _scalar!(ref _value);
            return 1;
        }

        _vector(ref _values);
        return _values.Length;
    }

    /// <summary>Copies the values read, zeros of a sparse vector included.</summary>
    /// <param name="target">As long as the row.</param>
    public void CopyTo(Span<T> target)
    {
        if (_vector is null)
            target[0] = _value;
        else
            _values.CopyTo(target);
    }
}
