using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching.Tensors;

/// <summary>Rows that all have the model's own shape. Serves inputs and outputs: ONNX Runtime reads and writes the array itself.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal sealed class FixedInputTensor<T> : InputTensor
    where T : unmanaged
{
    private readonly T[] _values;

    /// <summary>Allocates the rows of a batch.</summary>
    /// <param name="signature">A tensor whose first dimension is the batch, or of a size, and whose other dimensions are known.</param>
    /// <param name="capacity">The greatest number of rows.</param>
    public FixedInputTensor(TensorSignature signature, int capacity)
        : base(signature)
    {
        RowLength = signature.RowLength ?? throw new ArgumentException($"Tensor '{signature.Name}' has an open row shape.", nameof(signature));
        if ((long)capacity * RowLength > Array.MaxLength)
            throw new NotSupportedException($"A batch of {capacity} rows of the tensor '{signature.Name}' ({signature}) has more elements than an array holds; a smaller batch size has fewer.");
        _values = new T[capacity * RowLength];
    }

    /// <summary>Elements of a row.</summary>
    public int RowLength { get; }

    /// <inheritdoc/>
    public override bool IsLive => true;

    /// <summary>One row.</summary>
    /// <param name="index">0…capacity−1.</param>
    public Span<T> this[int index] => _values.AsSpan(index * RowLength, RowLength);

    /// <inheritdoc/>
    public override int LengthOf(int index) => RowLength;

    /// <inheritdoc/>
    public override bool AreEqual(int first, int second) => MemoryMarshal.AsBytes(this[first]).SequenceEqual(MemoryMarshal.AsBytes(this[second]));

    /// <inheritdoc/>
    public override OrtValue CreateValue(int start, int count) => OrtValue.CreateTensorValueFromMemory(
        OrtMemoryInfo.DefaultInstance,
        _values.AsMemory(start * RowLength, count * RowLength),
        ShapeOf(Signature, count, RowLength));
}
