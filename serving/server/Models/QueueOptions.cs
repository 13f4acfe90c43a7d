namespace MnistAdder.Server.Models;

/// <summary>How requests for a model wait and come together.</summary>
internal sealed record QueueOptions
{
    /// <summary>Most rows of a run that requests share; 0 leaves it to the session, 1 lets no request share a run.</summary>
    public int MaxBatch { get; init; }

    /// <summary>
    /// How long a request waits for company while its run isn't full. Zero, as it is at first, lets the wait follow the load: a run begins as soon
    /// as a worker is free, with what has come.
    /// </summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.Zero;

    /// <summary>Most requests that wait, at least 1.</summary>
    public int MaxQueue { get; init; } = 1024;

    /// <summary>How long a request may wait for its run to begin.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
