namespace MnistAdder.OnnxBatching.Tensors;

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
