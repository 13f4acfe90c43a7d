using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching.Tensors;

/// <summary>Rows of a text input. ONNX Runtime keeps texts in memory of its own, so that each batch is copied.</summary>
internal sealed class TextTensorRows(TensorSignature signature, int capacity) : TensorRows(signature)
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
