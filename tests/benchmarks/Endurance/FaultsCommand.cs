using System.CommandLine;
using System.Globalization;
using MnistAdder.EndToEnd.Tests.Faults;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Endurance;

/// <summary><c>faults</c>: training and scoring killed at random moments, and run again.</summary>
internal static class FaultsCommand
{
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
        Table table = new Table().AddColumns(
            "killed", "kills", "before start", "at work", "in export", "after end", "resumed", "run anew", "same bytes", "leftovers", "violations");
        bool isHarmless = Add("training", new TrainingKillTrial()) & Add("scoring", new ScoringKillTrial());
        AnsiConsole.Write(table);
        return isHarmless ? ExitCodes.Done : ExitCodes.Failed;

        bool Add(string name, IKillTrial trial)
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

            int[] figures =
            [
                outcomes.Count, At(KillMoment.BeforeStart), At(KillMoment.AtWork), At(KillMoment.InExport), At(KillMoment.AfterEnd),
                outcomes.Count(outcome => outcome.IsResumed), outcomes.Count(outcome => !outcome.IsResumed), outcomes.Count(outcome => outcome.IsIdentical),
                outcomes.Sum(outcome => outcome.Leftovers), outcomes.Sum(outcome => outcome.Violations.Count),
            ];
            table.AddRow([name, .. figures.Select(figure => figure.ToString(CultureInfo.InvariantCulture))]);
            return figures[^1] == 0;

            int At(KillMoment moment) => outcomes.Count(outcome => outcome.Moment == moment);
        }
    }
}
