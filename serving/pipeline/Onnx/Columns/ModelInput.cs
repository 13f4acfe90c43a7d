using Microsoft.ML;
using MnistAdder.Serving.Inference.Tensors;

namespace MnistAdder.Serving.Onnx.Columns;

/// <summary>A column and the input tensor that its values go into.</summary>
internal abstract class ModelInput
{
    /// <summary>The tensor's rows.</summary>
    public abstract TensorRows Rows { get; }

    /// <summary>Copies the current row's value.</summary>
    /// <param name="index">The row in its block.</param>
    public abstract void Read(int index);
}

/// <summary>Numbers for an input whose rows have a known shape.</summary>
internal sealed class FixedModelInput<T>(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity) : ModelInput
    where T : unmanaged
{
    private readonly ColumnValues<T> _values = new(row, column);
    private readonly FixedTensorRows<T> _rows = new(signature, capacity);

    public override TensorRows Rows => _rows;

    public override void Read(int index)
    {
        int length = _values.Read();
        if (length != _rows.RowLength)
        {
            throw new InvalidDataException(
                $"Column '{column.Name}' has {length} values in row {row.Position}; the model's input takes {_rows.RowLength} ({signature}).");
        }

        _values.CopyTo(_rows[index]);
    }
}

/// <summary>Numbers for an input with an open dimension.</summary>
internal sealed class OpenModelInput<T>(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity) : ModelInput
    where T : unmanaged
{
    private readonly ColumnValues<T> _values = new(row, column);
    private readonly OpenTensorRows<T> _rows = new(signature, capacity);

    public override TensorRows Rows => _rows;

    public override void Read(int index) => _values.CopyTo(_rows.Write(index, _values.Read()));
}

/// <summary>Texts.</summary>
internal sealed class TextModelInput(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity) : ModelInput
{
    private readonly ColumnValues<ReadOnlyMemory<char>> _values = new(row, column);
    private readonly TextTensorRows _rows = new(signature, capacity);

    public override TensorRows Rows => _rows;

    public override void Read(int index) => _values.CopyTo(_rows.Write(index, _values.Read()));
}
