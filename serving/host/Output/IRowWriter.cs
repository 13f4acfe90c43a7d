namespace MnistAdder.Scoring.Output;

/// <summary>Writes scored rows in a format.</summary>
internal interface IRowWriter : IDisposable
{
    /// <summary>Writes one row, or keeps it for the next <see cref="Flush"/>.</summary>
    void Write(in ScoredRow row);

    /// <summary>Lets everything written so far reach the output.</summary>
    void Flush();
}
