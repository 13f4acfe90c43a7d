namespace MnistAdder.Scoring.Rows;

/// <summary>What a bad row does.</summary>
internal enum BadRows
{
    /// <summary>It has a reason in its error column, and the run goes on.</summary>
    Report,

    /// <summary>It ends the run.</summary>
    Fail,
}
