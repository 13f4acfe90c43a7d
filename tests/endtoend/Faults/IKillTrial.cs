namespace MnistAdder.EndToEnd.Tests.Faults;

/// <summary>A command that can be killed at any moment, again and again.</summary>
internal interface IKillTrial : IDisposable
{
    /// <summary>How long an unbroken run takes, from the start of its process to its end.</summary>
    TimeSpan Duration { get; }

    /// <summary>Starts a run, kills it with signal 9, looks at what it left, and runs again to the end.</summary>
    /// <param name="after">The moment of the kill, after the start of the process.</param>
    /// <param name="overOlder">Whether files of an older run are there before.</param>
    KillOutcome Kill(TimeSpan after, bool overOlder);
}
