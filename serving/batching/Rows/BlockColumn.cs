namespace MnistAdder.OnnxBatching.Rows;

/// <summary>The values of one column for the rows of a block.</summary>
internal abstract class BlockColumn;

/// <summary>The values of one column for the rows of a block.</summary>
/// <typeparam name="T">The column's raw type in ML.NET.</typeparam>
internal abstract class BlockColumn<T> : BlockColumn
{
    /// <summary>Reads a value as an ML.NET getter does, reusing what the receiver brings.</summary>
    /// <param name="index">The row in its block.</param>
    /// <param name="value">Receives the value.</param>
    public abstract void Get(int index, ref T value);
}
