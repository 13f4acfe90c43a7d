using MnistAdder.Scoring.Csv;

namespace MnistAdder.Scoring.Output;

/// <summary>A row and what the model says of it.</summary>
/// <param name="Input">The row as it came in.</param>
/// <param name="Prediction">The answer; <see langword="null"/> where there is an error.</param>
/// <param name="Error">Why there is no answer; <see langword="null"/> where there is one.</param>
internal readonly record struct ScoredRow(CsvRecord Input, Prediction? Prediction, string? Error);
