using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxBatching.Tensors;

namespace MnistAdder.OnnxBatching.Columns;

/// <summary>A column and the input tensor that its values go into.</summary>
internal abstract class ModelInput(TensorSignature signature, DataViewRow row, DataViewSchema.Column column)
{
    private readonly int? _rowLength = signature.RowLength;

    /// <summary>The tensor's rows.</summary>
    public abstract InputTensor Rows { get; }

    /// <summary>Copies the current row's value.</summary>
    /// <param name="index">The row in its block.</param>
    public abstract void Read(int index);

    /// <summary>Ends where the current row has another number of values than the model's input takes.</summary>
    private protected int Checked(int length) => _rowLength is null || length == _rowLength || (length == 0 && signature.MayBeEmpty)
        ? length
        : throw new InvalidDataException($"Column '{column.Name}' has {length} values in row {row.Position}; the model's input takes {_rowLength} ({signature}).");
}

/// <summary>Numbers for an input whose rows have a known shape.</summary>
internal sealed class FixedModelInput<T>(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity) : ModelInput(signature, row, column)
    where T : unmanaged
{
    private readonly ColumnValues<T> _values = new(row, column);
    private readonly FixedInputTensor<T> _rows = new(signature, capacity);

    public override InputTensor Rows => _rows;

    public override void Read(int index)
    {
        Checked(_values.Read());
        _values.CopyTo(_rows[index]);
    }
}

/// <summary>Numbers for an input with an open dimension.</summary>
internal sealed class OpenModelInput<T>(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity) : ModelInput(signature, row, column)
    where T : unmanaged
{
    private readonly ColumnValues<T> _values = new(row, column);
    private readonly OpenInputTensor<T> _rows = new(signature, capacity);

    public override InputTensor Rows => _rows;

    public override void Read(int index) => _values.CopyTo(_rows.Write(index, Checked(_values.Read())));
}

/// <summary>Numbers for an input of floats of 16 bits, from floats of 32.</summary>
internal sealed class HalfModelInput(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity) : ModelInput(signature, row, column)
{
    private readonly ColumnValues<float> _values = new(row, column);
    private readonly OpenInputTensor<Float16> _rows = new(signature, capacity);
    private float[] _singles = [];

    public override InputTensor Rows => _rows;

    public override void Read(int index)
    {
        int length = Checked(_values.Read());
        if (length > _singles.Length)
            _singles = new float[length];
        _values.CopyTo(_singles.AsSpan(0, length));
        Span<Float16> row = _rows.Write(index, length);
        for (int i = 0; i < length; i++)
            row[i] = (Float16)_singles[i];
    }
}

/// <summary>Texts.</summary>
internal sealed class TextModelInput(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity) : ModelInput(signature, row, column)
{
    private readonly ColumnValues<ReadOnlyMemory<char>> _values = new(row, column);
    private readonly TextInputTensor _rows = new(signature, capacity);

    public override InputTensor Rows => _rows;

    public override void Read(int index) => _values.CopyTo(_rows.Write(index, Checked(_values.Read())));
}
