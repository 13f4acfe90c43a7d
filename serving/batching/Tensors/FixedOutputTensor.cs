using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxBatching.Rows;

namespace MnistAdder.OnnxBatching.Tensors;

/// <summary>An output whose rows are known to have a shape: a run writes them into memory that is allocated once.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal sealed class FixedOutputTensor<T>(TensorSignature signature, int capacity) : OutputTensor(signature.Name)
    where T : unmanaged
{
    private readonly FixedInputTensor<T> _rows = new(signature, capacity);

    /// <inheritdoc/>
    public override BlockColumn Column => new VectorColumn(_rows);

    /// <summary>One row.</summary>
    /// <param name="index">0…capacity−1.</param>
    public Span<T> this[int index] => _rows[index];

    /// <inheritdoc/>
    public override OrtValue CreateValue(int start, int count) => _rows.CreateValue(start, count);

    /// <inheritdoc/>
    public override void Take(OrtValue value, int start, int count)
    {
        int length = RowLength(value, count);
        if (length != _rows.RowLength)
            throw new InvalidOperationException($"The model's output '{Name}' has {length} values a row instead of the {_rows.RowLength} of its declaration.");
        ReadOnlySpan<T> values = value.GetTensorDataAsSpan<T>();
        for (int row = 0; row < count; row++)
            values.Slice(row * length, length).CopyTo(_rows[start + row]);
    }

    private sealed class VectorColumn(FixedInputTensor<T> rows) : BlockColumn<VBuffer<T>>
    {
        public override void Get(int index, ref VBuffer<T> value)
        {
            VBufferEditor<T> editor = VBufferEditor.Create(ref value, rows.RowLength);
            rows[index].CopyTo(editor.Values);
            value = editor.Commit();
        }
    }
}
