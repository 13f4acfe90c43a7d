using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MnistAdder.OnnxQuantization;

/// <summary>Rows of a data view as tensors of a model's inputs.</summary>
internal static class DataViewBatches
{
    private interface IColumn
    {
        void Read();

        NamedOnnxValue Take(int rows);
    }

    public static IEnumerable<IReadOnlyCollection<NamedOnnxValue>> Read(
        IDataView rows, int batchSize, IReadOnlyDictionary<string, string>? columns, IReadOnlyDictionary<string, NodeMetadata> inputs)
    {
        (string Input, DataViewSchema.Column Column, NodeMetadata Metadata)[] pairs = [.. inputs.Select(input => (input.Key, Find(input.Key), input.Value))];
        int fixedRows = pairs.Select(pair => pair.Metadata.Dimensions.FirstOrDefault(-1)).FirstOrDefault(rows => rows > 0);
        int size = fixedRows > 0 ? fixedRows : batchSize;
        using DataViewRowCursor cursor = rows.GetRowCursor([.. pairs.Select(pair => pair.Column)]);
        IColumn[] read = [.. pairs.Select(pair => Open(cursor, pair.Input, pair.Column, pair.Metadata))];
        int count = 0;
        while (cursor.MoveNext())
        {
            foreach (IColumn column in read)
                column.Read();
            if (++count < size)
                continue;
            yield return [.. read.Select(column => column.Take(size))];
            count = 0;
        }

        // What is left over is no batch of a model whose size is fixed.
        if (count > 0 && fixedRows <= 0)
            yield return [.. read.Select(column => column.Take(count))];

        DataViewSchema.Column Find(string input)
        {
            string name = columns?.GetValueOrDefault(input) ?? input;
            return rows.Schema.GetColumnOrNull(name) ?? throw new ArgumentException($"The calibration data have no column '{name}' for the model's input '{input}'.");
        }
    }

    private static IColumn Open(DataViewRow row, string input, DataViewSchema.Column column, NodeMetadata metadata) => metadata.ElementDataType switch
    {
        TensorElementType.Float => Open<float>(row, input, column, metadata),
        TensorElementType.Double => Open<double>(row, input, column, metadata),
        TensorElementType.UInt8 => Open<byte>(row, input, column, metadata),
        TensorElementType.Int8 => Open<sbyte>(row, input, column, metadata),
        TensorElementType.UInt16 => Open<ushort>(row, input, column, metadata),
        TensorElementType.Int16 => Open<short>(row, input, column, metadata),
        TensorElementType.UInt32 => Open<uint>(row, input, column, metadata),
        TensorElementType.Int32 => Open<int>(row, input, column, metadata),
        TensorElementType.UInt64 => Open<ulong>(row, input, column, metadata),
        TensorElementType.Int64 => Open<long>(row, input, column, metadata),
        TensorElementType.Bool => Open<bool>(row, input, column, metadata),
        var type => throw new ArgumentException($"The model's input '{input}' is of {type}, which no column of a data view is."),
    };

    private static Column<T> Open<T>(DataViewRow row, string input, DataViewSchema.Column column, NodeMetadata metadata)
        where T : unmanaged
    {
        DataViewType item = (column.Type as VectorDataViewType)?.ItemType ?? column.Type;
        if (item.RawType != typeof(T))
            throw new ArgumentException($"The column '{column.Name}' is of {column.Type}; the model's input '{input}' takes {typeof(T).Name}.");
        return new Column<T>(row, input, column, metadata.Dimensions);
    }

    private sealed class Column<T> : IColumn
        where T : unmanaged
    {
        private readonly string _input;
        private readonly string _name;
        private readonly int[] _dimensions;
        private readonly ValueGetter<T>? _scalar;
        private readonly ValueGetter<VBuffer<T>>? _vector;
        private readonly List<T> _values = [];
        private VBuffer<T> _buffer;
        private int _rowLength = 1;

        public Column(DataViewRow row, string input, DataViewSchema.Column column, int[] dimensions)
        {
            (_input, _name, _dimensions) = (input, column.Name, dimensions);
            if (column.Type is VectorDataViewType)
                _vector = row.GetGetter<VBuffer<T>>(column);
            else
                _scalar = row.GetGetter<T>(column);
        }

        public void Read()
        {
            if (_scalar is not null)
            {
                T value = default;
                _scalar(ref value);
                _values.Add(value);
                return;
            }

            _vector!(ref _buffer);
            if (_values.Count > 0 && _buffer.Length != _rowLength)
            {
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture, $"Rows of the column '{_name}' have {_rowLength} values and {_buffer.Length}: in one batch all have as many; take batches of one row."));
            }

            _rowLength = _buffer.Length;
            _values.AddRange(_buffer.DenseValues());
        }

        public NamedOnnxValue Take(int rows)
        {
            var tensor = new DenseTensor<T>(_values.ToArray(), Shape(rows));
            _values.Clear();
            return NamedOnnxValue.CreateFromTensor(_input, tensor);
        }

        // The first dimension is that of the rows, and one more may be open.
        private int[] Shape(int rows)
        {
            if (_dimensions.Length == 0)
                return [];
            int[] shape = [rows, .. _dimensions.Skip(1)];
            int open = Array.FindIndex(shape, size => size <= 0);
            long known = shape.Where(size => size > 0).Aggregate(1L, (product, size) => product * size);
            if (open >= 0 && _values.Count % known == 0)
                shape[open] = (int)(_values.Count / known);
            if (shape.Aggregate(1L, (product, size) => product * size) != _values.Count)
            {
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture, $"A row of the column '{_name}' has {_rowLength} values; the model's input '{_input}' takes [{string.Join(", ", _dimensions)}]."));
            }

            return shape;
        }
    }
}
