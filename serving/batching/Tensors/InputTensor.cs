using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching.Tensors;

/// <summary>The rows of one input tensor of a batch, in managed memory that ONNX Runtime reads in place.</summary>
internal abstract class InputTensor(TensorSignature signature)
{
    /// <summary>The tensor's name.</summary>
    public string Name => Signature.Name;

    /// <summary>The tensor's type and shape.</summary>
    public TensorSignature Signature { get; } = signature;

    /// <summary>Whether a value made once shows what is written to the rows later.</summary>
    public abstract bool IsLive { get; }

    /// <summary>The number of a row's elements.</summary>
    /// <param name="index">The row.</param>
    public abstract int LengthOf(int index);

    /// <summary>The size that an axis has for a row.</summary>
    /// <param name="axis">An axis other than the first.</param>
    /// <param name="index">The row.</param>
    public long SizeOf(int axis, int index)
    {
        long known = 1;
        for (int other = Signature.IsBatched ? 1 : 0; other < Signature.Dimensions.Count; other++)
            known *= Math.Max(1, Signature.Dimensions[other]);
        return Signature.Dimensions[axis] >= 0 ? Signature.Dimensions[axis] : LengthOf(index) / known;
    }

    /// <summary>Whether two rows have the same elements.</summary>
    /// <param name="first">A row.</param>
    /// <param name="second">Another one.</param>
    public abstract bool AreEqual(int first, int second);

    /// <summary>Makes a tensor of some of the rows.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="count">How many; all of one shape.</param>
    /// <returns>A value that the caller disposes of.</returns>
    public abstract OrtValue CreateValue(int start, int count);

    // The dimensions of a tensor of some rows: an open first one is their number, any other open one takes what a row's length leaves
    // for it. Where the first one is of a size, the one row is the whole tensor.
    private protected static long[] ShapeOf(TensorSignature signature, int count, int rowLength)
    {
        long[] shape = [.. signature.Dimensions.Select(dimension => (long)dimension)];
        int open = shape.Length == 0 ? -1 : Array.FindIndex(shape, 1, dimension => dimension < 0);
        if (shape is [< 0, ..])
            shape[0] = signature.MayBeEmpty && rowLength == 0 ? 0 : count;
        else if (count != 1)
            throw new InvalidOperationException($"The model's input '{signature.Name}', {signature}, has no place for {count} rows.");

        long known = 1;
        for (int axis = signature.IsBatched && shape[0] != 0 ? 1 : 0; axis < shape.Length; axis++)
            known *= axis == open ? 1 : shape[axis];
        if (open >= 0 && known > 0 && rowLength % known == 0)
            shape[open] = rowLength / known;
        else if (open >= 0 || known != rowLength)
            throw new InvalidDataException($"A row of {rowLength} values doesn't fit the model's input '{signature.Name}', {signature}.");
        return shape;
    }
}
