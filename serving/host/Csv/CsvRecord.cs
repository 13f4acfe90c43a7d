namespace MnistAdder.Scoring.Csv;

/// <summary>One record of a CSV file.</summary>
/// <param name="Line">The line that it begins in, from 1.</param>
/// <param name="Fields">Its values, without quotes. Where <paramref name="Flaw"/> is set, U+FFFD stands for what can't be text.</param>
/// <param name="Flaw">Why its bytes aren't text; <see langword="null"/> where they are.</param>
internal sealed record CsvRecord(long Line, string[] Fields, string? Flaw);
