using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.Serving.Inference.Tensors;

/// <summary>The rows of one input tensor of a batch, in managed memory that ONNX Runtime reads in place.</summary>
internal abstract class TensorRows(string name)
{
    /// <summary>The tensor's name.</summary>
    public string Name { get; } = name;

    /// <summary>Whether a value made once shows what is written to the rows later.</summary>
    public abstract bool IsLive { get; }

    /// <summary>Whether a row and the row before it have the same shape, so that they can stand in one tensor.</summary>
    /// <param name="index">The later row, at least 1.</param>
    public abstract bool ContinuesShape(int index);

    /// <summary>Makes a tensor of some of the rows.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="count">How many; all of one shape.</param>
    /// <returns>A value that the caller disposes of.</returns>
    public abstract OrtValue CreateValue(int start, int count);

    // The row's dimensions after the batch; an open one takes what the row's length leaves for it.
    private protected static long[] ShapeOf(TensorSignature signature, int count, int rowLength)
    {
        long[] shape = [count, .. signature.Dimensions.Skip(1).Select(dimension => (long)dimension)];
        int open = Array.FindIndex(shape, 1, dimension => dimension < 0);
        if (open < 0)
            return shape;

        long known = 1;
        for (int axis = 1; axis < shape.Length; axis++)
            known *= axis == open ? 1 : shape[axis];
        if (known == 0 || rowLength % known != 0)
            throw new InvalidDataException($"A row of {rowLength} values doesn't fit the model's input '{signature.Name}', {signature}.");
        shape[open] = rowLength / known;
        return shape;
    }
}
