using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace MnistAdder.Benchmarks;

/// <summary><c>accuracy</c>: a recipe trained with several seeds, each judged by its last epoch on the test set.</summary>
internal static class AccuracyBenchmark
{
    public static System.CommandLine.Command Create()
    {
        Option<string> data = SharedOptions.Data();
        var recipe = new Option<string>("--recipe") { Description = "The recipe.", DefaultValueFactory = _ => "seed" };
        var seeds = new Option<int>("--seeds") { Description = "Runs, with the seeds 1, 2 …", DefaultValueFactory = _ => 3 };
        var command = new System.CommandLine.Command("accuracy", "Mean and standard deviation of a recipe's accuracies over seeds.") { data, recipe, seeds };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(data), parsed.GetRequiredValue(recipe), parsed.GetValue(seeds)));
        return command;
    }

    private static void Run(string data, string recipe, int seeds)
    {
        string folder = Directory.CreateTempSubdirectory("mnist-adder-benchmark-").FullName;
        var runs = new List<Trainer.Metrics>();
        for (int seed = 1; seed <= seeds; seed++)
        {
            runs.Add(Trainer.Run(data, folder, "--recipe", recipe, "--seed", seed.ToString(CultureInfo.InvariantCulture)));
            AnsiConsole.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"seed {seed}: digit {runs[^1].DigitAccuracy:0.00%}, sum {runs[^1].SumAccuracy:0.000%}, {runs[^1].TrainingSeconds:0} s, {runs[^1].ImagesPerSecond:0} images/s"));
        }

        Directory.Delete(folder, recursive: true);
        Table table = new Table().Title($"{recipe}, {seeds} seeds").AddColumns("figure", "mean", "sd", "minimum");
        AddRow("digit accuracy (%)", "0.000", run => 100 * run.DigitAccuracy);
        AddRow("sum accuracy, all ten addends (%)", "0.000", run => 100 * run.SumAccuracy);
        AddRow("seconds of training", "0.0", run => run.TrainingSeconds);
        AddRow("images/s", "0", run => run.ImagesPerSecond);
        AnsiConsole.Write(table);

        void AddRow(string name, string format, Func<Trainer.Metrics, double> figure)
        {
            double[] values = [.. runs.Select(figure)];
            double[] cells = [values.Average(), Statistics.StandardDeviation(values), values.Min()];
            table.AddRow([name, .. cells.Select(cell => cell.ToString(format, CultureInfo.InvariantCulture))]);
        }
    }
}
