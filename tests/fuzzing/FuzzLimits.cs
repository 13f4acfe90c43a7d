namespace MnistAdder.Fuzzing;

/// <summary>What one case may cost.</summary>
/// <param name="ManagedBytes">The most that it may allocate from the garbage collector.</param>
/// <param name="ProcessGrowth">The most bytes by which the process' peak may grow over all cases: native memory shows here.</param>
/// <param name="Seconds">The longest that it may take, twice in a row.</param>
internal sealed record FuzzLimits(long ManagedBytes, long ProcessGrowth = 512L << 20, double Seconds = 2);
