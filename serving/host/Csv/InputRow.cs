namespace MnistAdder.Scoring.Csv;

/// <summary>A row of the input that is on its way to be scored.</summary>
/// <param name="Line">The line that it begins in, from 1.</param>
/// <param name="Fields">Its values, one for each column of the header.</param>
/// <param name="ImagePath">The image's path as the file has it; empty where there is a flaw.</param>
/// <param name="Number">The number to add as the file has it; empty where there is a flaw.</param>
/// <param name="Flaw">Why the row can't be read; <see langword="null"/> where it can.</param>
internal sealed record InputRow(long Line, string[] Fields, string ImagePath, string Number, string? Flaw);
