using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MnistAdder.Training.Recipes;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary><c>inference</c>: what an image costs in ONNX Runtime on one thread, by recipe.</summary>
internal static class InferenceBenchmark
{
    private const int BatchSize = 64;
    private const string Baseline = "seed";

    public static System.CommandLine.Command Create()
    {
        var recipe = new Option<string?>("--recipe") { Description = "Only this recipe, beside seed. [default: every recipe]" };
        Option<int> rounds = SharedOptions.Count("--rounds", "Measurements of each, in turns; the median counts.", 5);
        Option<int> rows = SharedOptions.Count("--rows", "Images of each measurement.", 32_000);
        var command = new System.CommandLine.Command("inference", "Inference cost of the recipes' networks against seed's: ONNX Runtime, one thread, batches of 64.") { recipe, rounds, rows };
        command.SetAction(parsed => Run(parsed.GetValue(recipe), parsed.GetValue(rounds), parsed.GetValue(rows)));
        return command;
    }

    private static void Run(string? only, int rounds, int rows)
    {
        using var folder = new TemporaryFolder();
        string[] recipes = [Baseline, .. only is null ? Recipe.All.Select(recipe => recipe.Name).Where(name => name != Baseline) : [only]];
        RuntimeAlone[] runtimes = [.. recipes.Select(recipe => new RuntimeAlone(File.ReadAllBytes(Trainer.BarelyTrained(recipe, folder.Path)), sessions: 1, BatchSize))];
        foreach (RuntimeAlone runtime in runtimes)
            Microseconds(runtime);
        double[][] times = [.. Enumerable.Range(0, rounds).Select(_ => runtimes.Select(Microseconds).ToArray())];
        foreach (RuntimeAlone runtime in runtimes)
            runtime.Dispose();

        Table table = new Table().Title(ThisMachine.ProcessorName()).AddColumns("network", "µs an image (median)", "ratio (median of rounds)");
        for (int i = 0; i < recipes.Length; i++)
        {
            table.AddRow(
                recipes[i], Number(Statistics.Median([.. times.Select(round => round[i])]), "0.0"), Number(Statistics.Median([.. times.Select(round => round[i] / round[0])]), "0.000"));
        }

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
