using Microsoft.ML;

namespace MnistAdder.OnnxBatching.Rows;

/// <summary>Which columns a reader of scored rows wants.</summary>
internal sealed class ColumnSelection
{
    private readonly bool[] _active;

    /// <summary>Sorts the columns wanted into passing and new ones.</summary>
    /// <param name="scorer">What makes the new columns.</param>
    /// <param name="columns">Columns of its output schema.</param>
    public ColumnSelection(IColumnScorer scorer, IEnumerable<DataViewSchema.Column> columns)
    {
        _active = new bool[scorer.OutputSchema.Count];
        foreach (DataViewSchema.Column column in columns)
            _active[column.Index] = true;

        int inputs = scorer.InputSchema.Count;
        Outputs = [.. Enumerable.Range(0, _active.Length - inputs).Where(index => _active[inputs + index])];
        IEnumerable<int> passing = Enumerable.Range(0, inputs).Where(index => _active[index]);
        IEnumerable<int> needed = Outputs.Count > 0 ? passing.Union(scorer.Dependencies) : passing;
        Inputs = [.. needed.Select(index => scorer.InputSchema[index])];
    }

    /// <summary>New columns that are wanted, counted from the first new one.</summary>
    public IReadOnlyList<int> Outputs { get; }

    /// <summary>What has to be active in the input.</summary>
    public IReadOnlyList<DataViewSchema.Column> Inputs { get; }

    /// <summary>Whether a column of the output schema is wanted.</summary>
    public bool IsActive(DataViewSchema.Column column) => column.Index < _active.Length && _active[column.Index];
}

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

/// <summary>What every getter of ML.NET checks before it is handed out.</summary>
internal static class ColumnTypes
{
    /// <summary>Checks that a getter can be had.</summary>
    /// <typeparam name="TValue">The type asked for.</typeparam>
    /// <param name="schema">The row's schema.</param>
    /// <param name="column">The column asked for.</param>
    /// <param name="isActive">Whether the column was asked for when the row was made.</param>
    /// <exception cref="ArgumentException">The column isn't active in this row.</exception>
    /// <exception cref="InvalidOperationException">The column has another type.</exception>
    public static void Check<TValue>(DataViewSchema schema, DataViewSchema.Column column, bool isActive)
    {
        if (!isActive)
            throw new ArgumentException($"Column '{column.Name}' isn't active in this row.", nameof(column));
        Type raw = schema[column.Index].Type.RawType;
        if (raw != typeof(TValue))
            throw new InvalidOperationException($"Column '{column.Name}' holds {raw}, not {typeof(TValue)}.");
    }
}
