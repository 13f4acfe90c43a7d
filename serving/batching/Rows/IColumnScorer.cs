using Microsoft.ML;

namespace MnistAdder.OnnxBatching.Rows;

/// <summary>Computes new columns from a row's columns, many rows at a time. Bound to one input schema.</summary>
internal interface IColumnScorer
{
    /// <summary>The columns that rows come with.</summary>
    DataViewSchema InputSchema { get; }

    /// <summary>The input's columns in their places, then the new ones.</summary>
    DataViewSchema OutputSchema { get; }

    /// <summary>Indices of the input columns that the new ones are computed from.</summary>
    IReadOnlyList<int> Dependencies { get; }

    /// <summary>Greatest number of rows in a block.</summary>
    int BlockRows { get; }

    /// <summary>Greatest number of blocks that are scored at once.</summary>
    int Workers { get; }

    /// <summary>Allocates what a block of rows needs.</summary>
    /// <param name="input">Where rows are read; the dependencies are active in it.</param>
    /// <param name="outputs">Which of the new columns are wanted, counted from the first new one; at least one.</param>
    /// <param name="capacity">Rows of the block.</param>
    IScoringBlock CreateBlock(DataViewRow input, IReadOnlyList<int> outputs, int capacity);
}

/// <summary>A block of rows on its way: read one after the other, then scored together.</summary>
internal interface IScoringBlock : IDisposable
{
    /// <summary>Copies what scoring needs of the input's current row. One block of an input reads at a time.</summary>
    /// <param name="index">The row's place in the block.</param>
    void Read(int index);

    /// <summary>Scores the rows read. Blocks are scored at the same time, on any thread.</summary>
    /// <param name="count">How many rows, at least 1.</param>
    /// <exception cref="RowFailedException">One row failed; those before it have results.</exception>
    void Score(int count);

    /// <summary>A new column's values.</summary>
    /// <param name="output">One of the columns wanted, counted from the first new one.</param>
    BlockColumn Column(int output);
}

/// <summary>Scoring failed at one row of a block.</summary>
/// <param name="row">The row in its block, counted from 0; those before it have results.</param>
/// <param name="inner">Why.</param>
internal sealed class RowFailedException(int row, Exception inner) : Exception(inner.Message, inner)
{
    /// <summary>The row in its block.</summary>
    public int Row { get; } = row;
}
