using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching.Tensors;

/// <summary>Rows of an input with an open dimension: each row's length decides on its shape.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal sealed class OpenInputTensor<T>(TensorSignature signature, int capacity) : InputTensor(signature)
    where T : unmanaged
{
    private readonly RaggedRows<T> _rows = new(capacity);

    /// <inheritdoc/>
    public override bool IsLive => false;

    /// <summary>Makes room for a row; see <see cref="RaggedRows{T}.Write"/>.</summary>
    public Span<T> Write(int index, int length) => _rows.Write(index, length);

    /// <inheritdoc/>
    public override int LengthOf(int index) => _rows.LengthOf(index);

    /// <inheritdoc/>
    public override bool AreEqual(int first, int second) => MemoryMarshal.AsBytes(_rows[first]).SequenceEqual(MemoryMarshal.AsBytes(_rows[second]));

    /// <inheritdoc/>
    public override OrtValue CreateValue(int start, int count) => OrtValue.CreateTensorValueFromMemory(
        OrtMemoryInfo.DefaultInstance,
        _rows.Slice(start, count),
        ShapeOf(Signature, count, _rows.LengthOf(start)));
}

/// <summary>Rows of a text input. ONNX Runtime keeps texts in memory of its own, so that each batch is copied.</summary>
internal sealed class TextInputTensor(TensorSignature signature, int capacity) : InputTensor(signature)
{
    private readonly RaggedRows<ReadOnlyMemory<char>> _rows = new(capacity);

    /// <inheritdoc/>
    public override bool IsLive => false;

    /// <summary>Makes room for a row; see <see cref="RaggedRows{T}.Write"/>.</summary>
    public Span<ReadOnlyMemory<char>> Write(int index, int length) => _rows.Write(index, length);

    /// <inheritdoc/>
    public override int LengthOf(int index) => _rows.LengthOf(index);

    /// <inheritdoc/>
    public override bool AreEqual(int first, int second)
    {
        ReadOnlySpan<ReadOnlyMemory<char>> left = _rows[first], right = _rows[second];
        bool areEqual = left.Length == right.Length;
        for (int i = 0; areEqual && i < left.Length; i++)
            areEqual = left[i].Span.SequenceEqual(right[i].Span);
        return areEqual;
    }

    /// <inheritdoc/>
    public override OrtValue CreateValue(int start, int count)
    {
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, ShapeOf(Signature, count, _rows.LengthOf(start)));
        ReadOnlySpan<ReadOnlyMemory<char>> texts = _rows.Slice(start, count).Span;
        for (int i = 0; i < texts.Length; i++)
            value.StringTensorSetElementAt(texts[i], i);
        return value;
    }
}

/// <summary>Rows of different lengths, one after the other in an array that grows.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal sealed class RaggedRows<T>(int capacity)
{
    private readonly int[] _ends = new int[capacity];
    private T[] _values = [];

    /// <summary>The length of a row.</summary>
    /// <param name="index">A row that has been written.</param>
    public int LengthOf(int index) => _ends[index] - StartOf(index);

    /// <summary>The values of a row.</summary>
    /// <param name="index">A row that has been written.</param>
    public ReadOnlySpan<T> this[int index] => _values.AsSpan(StartOf(index), LengthOf(index));

    /// <summary>The values of rows that follow one another.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="count">How many, at least 1.</param>
    public Memory<T> Slice(int start, int count) => _values.AsMemory(StartOf(start), _ends[start + count - 1] - StartOf(start));

    /// <summary>Makes room for a row; those before it stay, those after it go.</summary>
    /// <param name="index">The row, written after the one before it.</param>
    /// <param name="length">Its length.</param>
    /// <returns>The row's values, for the caller to write.</returns>
    /// <exception cref="NotSupportedException">All rows together are more than an array holds.</exception>
    public Span<T> Write(int index, int length)
    {
        int start = StartOf(index);
        long end = (long)start + length;
        if (end > Array.MaxLength)
            throw new NotSupportedException("The rows of a batch have more elements than an array holds; a smaller batch size has fewer.");
        if (end > _values.Length)
            Array.Resize(ref _values, (int)Math.Max(end, Math.Min(Array.MaxLength, _values.Length * 2L)));
        _ends[index] = (int)end;
        return _values.AsSpan(start, length);
    }

    private int StartOf(int index) => index == 0 ? 0 : _ends[index - 1];
}
