using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxBatching.Rows;

namespace MnistAdder.OnnxBatching.Tensors;

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
    /// <param name="value">The run's output; that of one row is the whole of it, whatever its shape.</param>
    /// <param name="start">The first row.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="RowsNotApartException">It can't be told which part belongs to which row.</exception>
    public abstract void Take(OrtValue value, int start, int count);

    // Elements of each row. Rows stand one behind the other where the first dimension is a multiple of their number.
    private protected int RowLength(OrtValue value, int count)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if (count > 1 && (info.Shape is not [var first, ..] || first % count != 0))
            throw new RowsNotApartException($"the output '{Name}' has shape [{string.Join(", ", info.Shape)}] for a batch of {count} rows");
        long length = info.ElementCount / count;
        return length <= Array.MaxLength ? (int)length : throw new NotSupportedException($"The model's output '{Name}' has {length} values, more than an array holds.");
    }
}

/// <summary>A run's output has no part for each of its rows.</summary>
/// <param name="clause">What was seen.</param>
internal sealed class RowsNotApartException(string clause) : InvalidOperationException(clause);
