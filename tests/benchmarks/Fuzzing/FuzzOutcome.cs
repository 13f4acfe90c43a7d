using MnistAdder.Fuzzing;

namespace MnistAdder.Benchmarks.Fuzzing;

/// <summary>What came of a target.</summary>
/// <param name="Summary">Figures.</param>
/// <param name="EndedBy">What stopped it: cases, time, failures, a crash or a hang.</param>
internal sealed record FuzzOutcome(FuzzSummary Summary, string EndedBy);
