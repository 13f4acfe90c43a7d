namespace MnistAdder.OnnxBatching.Rows;

/// <summary>
/// The columns whose getters a cursor has handed out before its first row: those that a block carries. An active column that nobody
/// reads costs nothing in ML.NET, and may even be one that can't be read, so it isn't read here either.
/// </summary>
/// <param name="inputColumns">Number of the input's columns; the ones behind them are new.</param>
internal sealed class RequestedColumns(int inputColumns)
{
    private readonly SortedSet<int> _indices = [];

    /// <summary>Input columns to be carried along.</summary>
    public IEnumerable<int> Passing => _indices.Where(index => index < inputColumns);

    /// <summary>New columns to be computed, counted from the first new one.</summary>
    public IReadOnlyList<int> Outputs => [.. _indices.Where(index => index >= inputColumns).Select(index => index - inputColumns)];

    /// <summary>Adds a column of the output schema.</summary>
    public void Add(int index) => _indices.Add(index);

    /// <summary>Whether blocks carry a column of the output schema.</summary>
    public bool Contains(int index) => _indices.Contains(index);
}
