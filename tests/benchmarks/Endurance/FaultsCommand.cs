using System.CommandLine;
using System.Globalization;
using MnistAdder.Commands;
using MnistAdder.EndToEnd.Tests.Faults;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Endurance;

/// <summary><c>faults</c>: training and scoring killed at random moments, and run again.</summary>
internal static class FaultsCommand
{
    private static readonly string[] s_names =
    [
        "kills", "before start", "at work", "in export", "after end", "then resumed", "then run anew", "same bytes in the end",
        "files left by the kill", "violations",
    ];

    public static System.CommandLine.Command Create()
    {
        Option<int> kills = SharedOptions.Count("--kills", "Kills of training, and as many of scoring.", 50);
        Option<int> seed = SharedOptions.Count("--seed", "Other seeds choose other moments.", 1, least: 0);
        var command = new System.CommandLine.Command(
            "faults", "Kill (signal 9) training and scoring at random moments, look at what is left, and run again; exit 1 where a file isn't whole or differs.") { kills, seed };
        command.SetAction(parsed => Run(parsed.GetValue(kills), new Random(parsed.GetValue(seed))));
        return command;
    }

    private static int Run(int kills, Random random)
    {
        int[] training = Figures("training", new TrainingKillTrial()), scoring = Figures("scoring", new ScoringKillTrial());
        Table table = new Table().AddColumns("", "training", "scoring");
        for (int i = 0; i < s_names.Length; i++)
            table.AddRow(s_names[i], training[i].ToString(CultureInfo.InvariantCulture), scoring[i].ToString(CultureInfo.InvariantCulture));
        AnsiConsole.Write(table);
        return training[^1] + scoring[^1] == 0 ? ExitCodes.Done : ExitCodes.Failed;

        int[] Figures(string name, IKillTrial trial)
        {
            List<KillOutcome> outcomes = [];
            using (trial)
            {
                AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: an unbroken run takes {trial.Duration.TotalSeconds:0.0} s"));
                foreach (KillOutcome outcome in KillSeries.Run(trial, kills, random))
                {
                    outcomes.Add(outcome);
                    foreach (string violation in outcome.Violations)
                        AnsiConsole.WriteLine($"{name}, kill {outcomes.Count}, {outcome.Moment}: {violation}");
                }
            }

            return
            [
                outcomes.Count, At(KillMoment.BeforeStart), At(KillMoment.AtWork), At(KillMoment.InExport), At(KillMoment.AfterEnd),
                outcomes.Count(outcome => outcome.IsResumed), outcomes.Count(outcome => !outcome.IsResumed), outcomes.Count(outcome => outcome.IsIdentical),
                outcomes.Sum(outcome => outcome.Leftovers), outcomes.Sum(outcome => outcome.Violations.Count),
            ];

            int At(KillMoment moment) => outcomes.Count(outcome => outcome.Moment == moment);
        }
    }
}
