namespace MnistAdder.Fuzzing;

/// <summary>A case in which a parser did what it must not.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Number">The case's number, from 0; −1 for an input from a file.</param>
/// <param name="Input">The bytes.</param>
/// <param name="Kind">What is the same in cases that fail alike.</param>
/// <param name="Details">For people, with the stack where there is one.</param>
internal sealed record FuzzFailure(string Target, ulong Seed, long Number, byte[] Input, string Kind, string Details);
