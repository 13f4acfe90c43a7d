using Microsoft.ML.OnnxRuntime;
using MnistAdder.Serving.Rows;

namespace MnistAdder.Serving.Inference.Tensors;

/// <summary>The rows of one output of a batch.</summary>
internal abstract class OutputTensor(string name)
{
    /// <summary>The tensor's name.</summary>
    public string Name { get; } = name;

    /// <summary>The rows as an ML.NET column.</summary>
    public abstract BlockColumn Column { get; }

    /// <summary>Makes a value that a run writes some of the rows to; <see langword="null"/> where only the run knows their shape.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="count">How many.</param>
    public abstract OrtValue? CreateValue(int start, int count);

    /// <summary>Takes over the rows that a run has made in memory of its own.</summary>
    /// <param name="value">The run's output.</param>
    /// <param name="start">The first row.</param>
    /// <param name="count">How many.</param>
    public abstract void Take(OrtValue value, int start, int count);

    // Elements of each row; a tensor whose first dimension isn't the batch can't be told apart into rows.
    private protected int RowLength(OrtValue value, int count)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        long[] shape = info.Shape;
        if (shape.Length == 0 || shape[0] != count)
        {
            throw new InvalidOperationException(
                $"The model's output '{Name}' has shape [{string.Join(", ", shape)}] for a batch of {count} rows, so that it can't be told "
                + "which part belongs to which row; such a model needs batch size 1.");
        }

        return checked((int)(info.ElementCount / count));
    }
}
