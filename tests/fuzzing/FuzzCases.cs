using Xunit;

namespace MnistAdder.Fuzzing;

/// <summary>The cases that the tests run.</summary>
internal static class FuzzCases
{
    private const int Count = 1_000;

    /// <summary>Runs a thousand cases of the seed that <c>fuzz</c> starts with.</summary>
    public static void RunThousand(FuzzTarget target)
    {
        var run = new FuzzRun(target, FuzzRun.DefaultSeed);
        run.Run(Count, limit: null);
        Assert.True(run.Failures.Count == 0, string.Join('\n', run.Failures.Select(failure => $"Case {failure.Number}: {failure.Kind}\n{failure.Details}")));
        Assert.True(run.Summary.Accepted > 0 && run.Summary.Accepted < Count, $"{run.Summary.Accepted} of {Count} cases were taken: they test little.");
    }
}
