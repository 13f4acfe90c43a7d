using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.Serving.Rows;

namespace MnistAdder.Serving.Inference.Tensors;

/// <summary>An output whose row shape only a run knows, or whose elements are texts.</summary>
/// <typeparam name="T">The element type of the ML.NET column.</typeparam>
internal abstract class OpenOutputTensor<T>(string name, int capacity) : OutputTensor(name)
{
    private readonly RaggedRows<T> _rows = new(capacity);

    /// <inheritdoc/>
    public override BlockColumn Column => new VectorColumn(_rows);

    /// <inheritdoc/>
    public override OrtValue? CreateValue(int start, int count) => null;

    /// <inheritdoc/>
    public override void Take(OrtValue value, int start, int count)
    {
        int length = RowLength(value, count);
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
}

/// <summary>Numbers of an output whose row shape only a run knows.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal sealed class OpenNumericOutput<T>(string name, int capacity) : OpenOutputTensor<T>(name, capacity)
    where T : unmanaged
{
    private protected override void Copy(OrtValue value, int start, Span<T> target) =>
        value.GetTensorDataAsSpan<T>().Slice(start, target.Length).CopyTo(target);
}

/// <summary>Texts of an output.</summary>
internal sealed class TextOutput(string name, int capacity) : OpenOutputTensor<ReadOnlyMemory<char>>(name, capacity)
{
    private protected override void Copy(OrtValue value, int start, Span<ReadOnlyMemory<char>> target)
    {
        for (int i = 0; i < target.Length; i++)
            target[i] = value.GetStringElementAsMemory(start + i);
    }
}
