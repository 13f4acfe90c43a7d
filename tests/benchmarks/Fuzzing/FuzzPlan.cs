namespace MnistAdder.Benchmarks.Fuzzing;

/// <summary>What is run.</summary>
/// <param name="Cases">Cases for each target.</param>
/// <param name="Seed">Seed of all cases.</param>
/// <param name="Output">Folder for the inputs that failed.</param>
internal sealed record FuzzPlan(int Cases, ulong Seed, string Output);
