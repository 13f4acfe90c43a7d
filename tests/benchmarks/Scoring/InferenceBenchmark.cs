using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary><c>inference</c>: what an image costs in ONNX Runtime on one thread, by recipe.</summary>
internal static class InferenceBenchmark
{
    private const int BatchSize = 64;
    private const string Baseline = "seed";

    public static System.CommandLine.Command Create()
    {
        var recipe = new Option<string>("--recipe") { Description = "The recipe that is compared with seed.", DefaultValueFactory = _ => "best" };
        Option<int> rounds = SharedOptions.Count("--rounds", "Measurements of each, in turns; the median counts.", 5);
        Option<int> rows = SharedOptions.Count("--rows", "Images of each measurement.", 32_000);
        var command = new System.CommandLine.Command("inference", "Inference cost of a recipe's network against seed's: ONNX Runtime, one thread, batches of 64.") { recipe, rounds, rows };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(recipe), parsed.GetValue(rounds), parsed.GetValue(rows)));
        return command;
    }

    private static void Run(string recipe, int rounds, int rows)
    {
        using var folder = new TemporaryFolder();
        using var seed = new RuntimeAlone(File.ReadAllBytes(Trainer.BarelyTrained(Baseline, folder.Path)), sessions: 1, BatchSize);
        using var other = new RuntimeAlone(File.ReadAllBytes(Trainer.BarelyTrained(recipe, folder.Path)), sessions: 1, BatchSize);

        var seeds = new List<double>();
        var others = new List<double>();
        for (int round = 0; round <= rounds; round++)
        {
            double first = Microseconds(seed), second = Microseconds(other);
            if (round == 0)
                continue;
            seeds.Add(first);
            others.Add(second);
        }

        Table table = new Table().AddColumns("network", "µs an image (median)", "ratio (median of rounds)");
        table.AddRow(Baseline, Number(Statistics.Median(seeds), "0.0"), "1.00");
        table.AddRow(recipe, Number(Statistics.Median(others), "0.0"), Number(Statistics.Median([.. others.Zip(seeds, (mine, baseline) => mine / baseline)]), "0.00"));
        AnsiConsole.Write(table);

        double Microseconds(RuntimeAlone runtime)
        {
            var clock = Stopwatch.StartNew();
            runtime.Score(rows);
            return 1e6 * clock.Elapsed.TotalSeconds / rows;
        }
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
