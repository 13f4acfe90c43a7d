using System.Diagnostics;
using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.EndToEnd.Tests.Faults;

/// <summary><c>score</c> on more rows than are written at once.</summary>
internal sealed class ScoringKillTrial : IKillTrial
{
    private const int Rows = 30_000;
    private readonly ScoringFolder _folder = new();
    private readonly string _input, _older;
    private readonly byte[] _unbroken;

    public ScoringKillTrial()
    {
        _input = _folder.WriteRows(Rows);
        _older = _folder.Write("older.csv", "path,number,digit,digit_confidence,sum,sum_confidence,error,warning\n");
        RunToEnd(); // so that the one that is measured finds its files in memory, as those that are killed will
        var clock = Stopwatch.StartNew();
        RunToEnd();
        Duration = clock.Elapsed;
        _unbroken = File.ReadAllBytes(_folder.Output);
    }

    public TimeSpan Duration { get; }

    public KillOutcome Kill(TimeSpan after, bool overOlder)
    {
        File.Delete(_folder.Output);
        if (overOlder)
            File.Copy(_older, _folder.Output);
        KillSeries.Kill(Score, after);

        List<string> violations = [];
        bool isThere = File.Exists(_folder.Output), isWhole = isThere && IsUnbroken();
        if (isThere && !isWhole && !WholeFile.AreSame(_folder.Output, _older))
            violations.Add("the output is neither the older nor the whole new one");
        if (overOlder && !isThere)
            violations.Add("the older output has gone");
        int leftovers = Leftovers();
        KillMoment moment = isWhole ? KillMoment.AfterEnd : leftovers > 0 ? KillMoment.AtWork : KillMoment.BeforeStart;

        RunToEnd();
        if (Leftovers() > 0)
            violations.Add("something is left beside the output after a whole run");
        bool isIdentical = IsUnbroken();
        if (!isIdentical)
            violations.Add("the output differs from that of the unbroken run");
        return new KillOutcome(moment, IsResumed: false, isIdentical, leftovers, violations);
    }

    public void Dispose() => _folder.Dispose();

    private bool IsUnbroken() => File.ReadAllBytes(_folder.Output).AsSpan().SequenceEqual(_unbroken);

    private int Leftovers() => _folder.Leftovers().Count(file => file != _folder.Output);

    private void RunToEnd()
    {
        using RunningProgram run = Score();
        run.WaitForExit();
        if (run.ExitCode != ExitCodes.Done)
            throw new InvalidOperationException($"Scoring ended with {run.ExitCode}: {run.Error}");
    }

    private RunningProgram Score() =>
        RunningProgram.Start(Programs.ScoringHost, ["score", _input, "-o", _folder.Output, "--model", _folder.Model, "--provider", "cpu", "--quiet"]);
}
