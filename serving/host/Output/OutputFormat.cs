namespace MnistAdder.Scoring.Output;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    /// <summary>A table with a header, RFC 4180.</summary>
    Csv,

    /// <summary>A JSON object in each line.</summary>
    Jsonl,
}
