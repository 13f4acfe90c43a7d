using System.CommandLine;
using System.Globalization;
using MnistAdder.Commands;
using MnistAdder.Fuzzing;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Fuzzing;

/// <summary><c>fuzz</c>: damaged input for every parser, each in a process of its own.</summary>
internal static class FuzzCommand
{
    private const int WidthInFile = 160;

    public static System.CommandLine.Command Create()
    {
        var minutes = new Option<double?>("--minutes") { Description = "Time for all targets together; without it, all cases are run.", HelpName = "N" };
        minutes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is <= 0)
                result.AddError("--minutes must be above 0.");
        });
        Option<int> cases = SharedOptions.Count("--cases", "Cases for each target.", 200_000);
        Option<string?> target = FuzzOptions.Target("One target alone.");
        Option<ulong> seed = FuzzOptions.Seed();
        Option<string> output = FuzzOptions.Output();
        var replay = new Option<FileInfo>("--replay") { Description = "Run the contents of this file instead, once; needs --target.", HelpName = "FILE" }.AcceptExistingOnly();
        var command = new System.CommandLine.Command("fuzz", "Damage the input of every parser and see that it is refused as documented, soon and in little memory.")
        {
            minutes, cases, target, seed, output, replay,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(replay) is not null && result.GetValue(target) is null)
                result.AddError("--replay needs --target.");
        });
        command.SetAction(parsed => parsed.GetValue(replay) is { } file
            ? Replay(file.FullName, parsed.GetValue(target)!)
            : Run(new FuzzPlan(parsed.GetValue(cases), parsed.GetValue(seed), parsed.GetValue(output)!), parsed.GetValue(minutes), parsed.GetValue(target)));
        return command;
    }

    private static int Run(FuzzPlan plan, double? minutes, string? only)
    {
        string[] names = only is null ? [.. FuzzTargets.Names] : [only];
        DateTime? end = minutes is { } length ? DateTime.UtcNow.AddMinutes(length) : null;
        // The table isn't to be folded into a file's eighty columns.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = WidthInFile;
        Table table = new Table().AddColumns("target", "cases", "ended by", "accepted", "refused", "seconds", "peak MB", "slowest ms", "failures");
        long failures = 0;
        for (int i = 0; i < names.Length; i++)
        {
            TimeSpan? share = end is null ? null : (end.Value - DateTime.UtcNow) / (names.Length - i);
            FuzzOutcome outcome = FuzzProcess.Run(names[i], plan, share);
            failures += outcome.Summary.Failures;
            AddRow(table, names[i], outcome);
        }

        AnsiConsole.Write(table);
        return failures == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static void AddRow(Table table, string name, FuzzOutcome outcome)
    {
        FuzzSummary summary = outcome.Summary;
        table.AddRow(
            name,
            Number(summary.Cases),
            outcome.EndedBy,
            Number(summary.Accepted),
            string.Join('\n', summary.Refused.Select(pair => $"{pair.Key} {Number(pair.Value)}")),
            summary.Seconds.ToString("0", CultureInfo.InvariantCulture),
            (summary.PeakBytes / 1e6).ToString("0", CultureInfo.InvariantCulture),
            summary.SlowestMilliseconds.ToString("0", CultureInfo.InvariantCulture),
            Number(summary.Failures));
    }

    private static int Replay(string file, string name)
    {
        using FuzzTarget target = FuzzTargets.Create(name);
        if (new FuzzRun(target, FuzzRun.DefaultSeed).Replay(File.ReadAllBytes(file)) is { } failure)
        {
            Console.Error.WriteLine($"{name} fails on {file}: {failure.Kind}\n{failure.Details}");
            return ExitCodes.Failed;
        }

        Console.WriteLine($"{name} does with {file} what it should.");
        return ExitCodes.Done;
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
