namespace MnistAdder.Scoring.Csv;

/// <summary>Names of the two columns that are read.</summary>
/// <param name="Path">The images' paths.</param>
/// <param name="Number">The numbers to add.</param>
internal sealed record ColumnChoice(string Path = "path", string Number = "number");
