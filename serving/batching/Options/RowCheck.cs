namespace MnistAdder.OnnxBatching;

/// <summary>
/// What is done about a model of which its graph doesn't tell whether a row's results depend on that row alone: it has an operator that
/// isn't known, or shapes that can't be followed.
/// </summary>
public enum RowCheck
{
    /// <summary>
    /// Rows that differ are run alone and together, for each shape of theirs anew, and compared. Where they come out the same, rows of
    /// that shape are run together from then on, and where they don't, every row is run alone. It is a check of some rows, not a proof.
    /// </summary>
    Fallback,

    /// <summary>As <see cref="Fallback"/>, but rows that come out differently are an error.</summary>
    Error,

    /// <summary>No check: rows are run together. For whoever knows that the model's rows stand for themselves.</summary>
    Off,
}
