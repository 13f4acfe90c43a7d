namespace MnistAdder.TrainingHost.Terminal;

/// <summary>The wall clock as it was at first, moved on by the system's timer alone: it never jumps.</summary>
/// <remarks>Spectre.Console estimates the time that is left from dates, which a clock that is put right in between spoils.</remarks>
/// <param name="time">The clock that may jump, and the timer that doesn't.</param>
internal sealed class SteadyClock(TimeProvider time) : TimeProvider
{
    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly long _startTimestamp = time.GetTimestamp();

    public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _start + time.GetElapsedTime(_startTimestamp);

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
