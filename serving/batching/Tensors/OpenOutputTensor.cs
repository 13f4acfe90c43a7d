using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxBatching.Rows;

namespace MnistAdder.OnnxBatching.Tensors;

/// <summary>An output whose row shape only a run knows.</summary>
/// <typeparam name="T">The element type of the ML.NET column.</typeparam>
/// <param name="name">The tensor's name.</param>
/// <param name="capacity">The greatest number of rows.</param>
/// <param name="isScalar">Whether the column has one value a row instead of a vector.</param>
internal abstract class OpenOutputTensor<T>(string name, int capacity, bool isScalar) : OutputTensor(name)
{
    private readonly RaggedRows<T> _rows = new(capacity);

    /// <inheritdoc/>
    public override BlockColumn Column => isScalar ? new ScalarColumn(_rows) : new VectorColumn(_rows);

    /// <inheritdoc/>
    public override OrtValue? CreateValue(int start, int count) => null;

    /// <inheritdoc/>
    public override void Take(OrtValue value, int start, int count)
    {
        int length = RowLength(value, count);
        if (isScalar && length != 1)
            throw new InvalidOperationException($"The model's output '{Name}' has {length} values a row instead of one.");
        for (int row = 0; row < count; row++)
            Copy(value, row * length, _rows.Write(start + row, length));
    }

    /// <summary>Copies elements out of a run's output.</summary>
    private protected abstract void Copy(OrtValue value, int start, Span<T> target);

    private sealed class VectorColumn(RaggedRows<T> rows) : BlockColumn<VBuffer<T>>
    {
        public override void Get(int index, ref VBuffer<T> value)
        {
            ReadOnlySpan<T> row = rows[index];
            VBufferEditor<T> editor = VBufferEditor.Create(ref value, row.Length);
            row.CopyTo(editor.Values);
            value = editor.Commit();
        }
    }

    private sealed class ScalarColumn(RaggedRows<T> rows) : BlockColumn<T>
    {
        public override void Get(int index, ref T value) => value = rows[index][0];
    }
}

/// <summary>Numbers of an output whose row shape only a run knows.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal sealed class OpenNumericOutput<T>(string name, int capacity, bool isScalar) : OpenOutputTensor<T>(name, capacity, isScalar)
    where T : unmanaged
{
    private protected override void Copy(OrtValue value, int start, Span<T> target) =>
        value.GetTensorDataAsSpan<T>().Slice(start, target.Length).CopyTo(target);
}

/// <summary>Floats of 16 bits of an output, as floats of 32.</summary>
internal sealed class HalfOutput(string name, int capacity, bool isScalar) : OpenOutputTensor<float>(name, capacity, isScalar)
{
    private protected override void Copy(OrtValue value, int start, Span<float> target)
    {
        ReadOnlySpan<Float16> source = value.GetTensorDataAsSpan<Float16>().Slice(start, target.Length);
        for (int i = 0; i < target.Length; i++)
            target[i] = (float)source[i];
    }
}

/// <summary>Texts of an output.</summary>
internal sealed class TextOutput(string name, int capacity, bool isScalar) : OpenOutputTensor<ReadOnlyMemory<char>>(name, capacity, isScalar)
{
    private protected override void Copy(OrtValue value, int start, Span<ReadOnlyMemory<char>> target)
    {
        for (int i = 0; i < target.Length; i++)
            target[i] = value.GetStringElementAsMemory(start + i);
    }
}
