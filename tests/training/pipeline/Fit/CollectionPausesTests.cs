using MnistAdder.Training.Fit;

namespace MnistAdder.Training.Tests.Fit;

/// <remarks>Nothing else may run, since what other tests allocate ends a region.</remarks>
[Collection(nameof(CollectionPausesTests)), CollectionDefinition(nameof(CollectionPausesTests), DisableParallelization = true)]
public sealed class CollectionPausesTests
{
    private const int Steps = 300, BytesOfStep = 1 << 20;

    [Fact]
    public void Collections_fall_between_steps()
    {
        using var pauses = new CollectionPauses();
        int within = 0, between = 0;
        for (int step = 0; step < Steps; step++)
        {
            int before = GC.CollectionCount(0);
            pauses.BetweenSteps();
            int begun = GC.CollectionCount(0);
            Allocate(BytesOfStep);
            between += begun - before;
            within += GC.CollectionCount(0) - begun;
        }

        Assert.Equal(0, within);
        Assert.InRange(between, Steps / 64, Steps / 8);
    }

    [Fact]
    public void A_step_that_takes_more_than_there_is_goes_on_with_collections()
    {
        using var pauses = new CollectionPauses();
        for (int step = 0; step < 3; step++)
        {
            pauses.BetweenSteps();
            Allocate(200 << 20);
        }

        pauses.BetweenSteps();
        int begun = GC.CollectionCount(0);
        Allocate(BytesOfStep);
        Assert.Equal(begun, GC.CollectionCount(0));
    }

    [Fact]
    public void Afterwards_collections_come_as_ever()
    {
        using (var pauses = new CollectionPauses())
            pauses.BetweenSteps();
        int before = GC.CollectionCount(0);
        Allocate(500 << 20);
        Assert.True(GC.CollectionCount(0) > before);
    }

    private static void Allocate(int bytes)
    {
        for (int at = 0; at < bytes; at += 1000)
            GC.KeepAlive(new byte[1000]);
    }
}
