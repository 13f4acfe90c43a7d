using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching.Tensors;

/// <summary>Rows of an input with an open dimension: each row's length decides on its shape.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal sealed class OpenTensorRows<T>(TensorSignature signature, int capacity) : TensorRows(signature)
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
