using MnistAdder.Training.Recipes;

namespace MnistAdder.Training.Tests.Recipes;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void A_constant_rate_is_the_same_at_every_step_of_a_run_of_any_length()
    {
        Assert.All(Steps(), progress => Assert.Equal(1, LearningRateSchedule.Constant.At(progress)));
        Assert.False(LearningRateSchedule.Constant.DependsOnLength);
    }

    [Fact]
    public void One_cycle_rises_to_the_greatest_rate_and_falls_to_none()
    {
        LearningRateSchedule cycle = LearningRateSchedule.OneCycle(warmUp: 0.25);
        Assert.Equal(0.04, cycle.At(0), 12);
        Assert.Equal(1, cycle.At(0.25), 12);
        Assert.Equal(0.5, cycle.At(0.625), 12);
        Assert.Equal(0, cycle.At(1), 12);
        double[] rates = [.. Steps().Select(cycle.At)];
        Assert.Equal(rates[..26].Order(), rates[..26]);
        Assert.Equal(rates[25..].OrderDescending(), rates[25..]);
        Assert.True(cycle.DependsOnLength);
    }

    [Fact]
    public void One_cycle_can_leave_a_share_of_the_rate()
    {
        LearningRateSchedule cycle = LearningRateSchedule.OneCycle(warmUp: 0.5, lastShare: 0.2);
        Assert.Equal(1, cycle.At(0.5), 12);
        Assert.Equal(0.6, cycle.At(0.75), 12);
        Assert.Equal(0.2, cycle.At(1), 12);
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.OneCycle(0.5, lastShare: 1.1));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    public void A_warm_up_that_is_no_share_is_refused(double warmUp) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.OneCycle(warmUp));

    private static IEnumerable<double> Steps() => Enumerable.Range(0, 101).Select(step => step / 100.0);
}
