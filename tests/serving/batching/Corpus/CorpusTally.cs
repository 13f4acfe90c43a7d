using System.Collections.Concurrent;
using System.Globalization;

namespace MnistAdder.OnnxBatching.Tests.Corpus;

/// <summary>How each model of a corpus fared: counted by outcome, and by name where it is not as it should be.</summary>
internal sealed class CorpusTally
{
    private readonly ConcurrentQueue<(string Model, Verdict Verdict)> _verdicts = [];

    /// <summary>Judges models, several at once.</summary>
    public static CorpusTally Of(IEnumerable<(string Model, Func<Verdict> Judge)> models)
    {
        var tally = new CorpusTally();
        Parallel.ForEach(models, model => tally._verdicts.Enqueue((model.Model, model.Judge())));
        return tally;
    }

    /// <summary>Fails with the names of all models that aren't as they should be, if there are any.</summary>
    public void AssertNoFailures()
    {
        string[] failures = [.. _verdicts.Where(entry => entry.Verdict.IsFailure).Select(entry => $"{entry.Model}: {entry.Verdict.Reason}").Order(StringComparer.Ordinal)];
        Assert.True(failures.Length == 0, $"{failures.Length} of {_verdicts.Count} models:\n{string.Join('\n', failures)}");
        Assert.Contains(_verdicts, entry => entry.Verdict.Outcome == Verdict.Passed);
    }

    /// <summary>A line for each outcome, with the models' names where they are few.</summary>
    public override string ToString() => string.Join('\n', _verdicts
        .GroupBy(entry => entry.Verdict.Outcome, entry => entry.Model)
        .OrderByDescending(outcome => outcome.Count())
        .Select(Line));

    private static string Line(IGrouping<string, string> outcome)
    {
        string[] models = [.. outcome.Order(StringComparer.Ordinal)];
        string names = models.Length <= 40 ? $" ({string.Join(", ", models)})" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{models.Length,5} {outcome.Key}{names}");
    }
}

/// <summary>How a model fared.</summary>
/// <param name="Outcome">What it is counted under.</param>
/// <param name="Reason">What is wrong with that; <see langword="null"/> where nothing is.</param>
internal sealed record Verdict(string Outcome, string? Reason = null)
{
    public const string Passed = "passed";

    public bool IsFailure => Reason is not null;

    public static Verdict Failure(string reason) => new("FAILED", reason);

    /// <summary>An exception in one line.</summary>
    public static string OneLine(Exception? exception)
    {
        string text = $"{exception?.GetType().Name} {exception?.Message}".ReplaceLineEndings(" ");
        return text.Length > 300 ? text[..300] + "…" : text;
    }
}
