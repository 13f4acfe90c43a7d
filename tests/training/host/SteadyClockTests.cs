using MnistAdder.TrainingHost.Terminal;
using Spectre.Console;

namespace MnistAdder.TrainingHost.Tests;

public sealed class SteadyClockTests
{
    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void The_time_that_is_left_of_an_epoch_is_right_although_the_clock_is_put_an_hour_off(int hours)
    {
        var wall = new WallClock();
        TimeSpan Left(TimeProvider clock)
        {
            var task = new ProgressTask(1, "epoch 1", maxValue: 100, autoStart: true, clock);
            for (int second = 1; second <= 10; second++)
            {
                if (second == 5)
                    wall.Jump(TimeSpan.FromHours(hours));
                wall.Pass(TimeSpan.FromSeconds(1));
                task.Increment(5);
            }

            return task.RemainingTime ?? TimeSpan.MaxValue;
        }

        Assert.InRange(Left(new SteadyClock(wall)).TotalSeconds, 8, 12);
        if (hours < 0) // what it would be without; a jump ahead looks like a pause that Spectre forgets
            Assert.NotInRange(Left(wall).TotalSeconds, 8, 12);
    }

    private sealed class WallClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => _now;

        public override long GetTimestamp() => _ticks;

        public void Pass(TimeSpan time)
        {
            _now += time;
            _ticks += time.Ticks;
        }

        public void Jump(TimeSpan time) => _now += time;
    }
}
