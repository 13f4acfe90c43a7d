namespace MnistAdder.Training.Data;

/// <summary>A training set and a test set of digits, and where they came from.</summary>
/// <param name="Name"><c>mnist</c>, <c>synthetic</c>, or <c>idx-</c> and the content hash of a folder of other IDX files.</param>
/// <param name="Source">For people: the folder, the mirror or the generator that the digits came from.</param>
/// <param name="Training">What the network learns from.</param>
/// <param name="Test">What it is judged on and nothing is chosen by.</param>
public sealed record DigitDataset(string Name, string Source, DigitSet Training, DigitSet Test);
