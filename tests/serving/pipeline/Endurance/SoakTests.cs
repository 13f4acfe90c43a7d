using MnistAdder.Serving.Tests.DigitSums;

namespace MnistAdder.Serving.Tests.Endurance;

// Alone: the memory of the process is what is measured.
[Collection(Alone)]
[CollectionDefinition(Alone, DisableParallelization = true)]
public sealed class SoakTests(DigitSumFixture fixture) : IClassFixture<DigitSumFixture>
{
    private const string Alone = "soak";

    /// <summary>A few; <c>tests/benchmarks -- soak</c> does a million.</summary>
    [Fact]
    public void Twenty_thousand_predictions_leave_neither_memory_nor_handles_behind()
    {
        string[] files = [.. Enumerable.Range(0, 100).Select(index => fixture.File($"{index}.png"))];
        SoakSample[] samples = [.. Soak.Run(fixture.Model, files, predictions: 20_000)];
        Assert.Equal(20_000, samples[^1].Predictions);
        Assert.Empty(Soak.Growth(samples));
    }

    [Fact]
    public void Each_kind_of_growth_is_said()
    {
        var flat = new SoakSample(100, TimeSpan.Zero, 1000, 2000, 30);
        Assert.Empty(Soak.Growth([flat, flat, flat]));
        SoakSample grown = flat with
        {
            ManagedBytes = flat.ManagedBytes + Soak.ManagedTolerance + 1,
            WorkingSet = flat.WorkingSet + Soak.WorkingSetTolerance + 1,
            Handles = flat.Handles + Soak.HandleTolerance + 1,
        };
        Assert.Equal(3, Soak.Growth([flat, flat, grown]).Count);
    }
}
