using System.Collections.Concurrent;

namespace MnistAdder.Benchmarks.Http;

/// <summary>What became of requests. For any number of clients.</summary>
internal sealed class SoakTally
{
    private readonly ConcurrentDictionary<string, long> _counts = new(), _violations = new();

    /// <summary>How often each thing happened, by its name.</summary>
    public IEnumerable<(string What, long Count)> Counts => _counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value));

    /// <summary>What mustn't have happened, and how often it did.</summary>
    public IReadOnlyList<string> Violations => [.. _violations.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key} ({pair.Value:N0} times)")];

    /// <summary>Counts something that may happen.</summary>
    public void Count(string what, long times = 1) => _counts.AddOrUpdate(what, times, (_, before) => before + times);

    /// <summary>Counts something that may not.</summary>
    public void Break(string what) => _violations.AddOrUpdate(what, 1, (_, before) => before + 1);
}
