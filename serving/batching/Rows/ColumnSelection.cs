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
