using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace MnistAdder.Benchmarks;

/// <summary><c>accuracy</c>: a recipe trained with several seeds, each judged by its last epoch.</summary>
internal static class AccuracyBenchmark
{
    private const double Milestone = 0.99;

    public static System.CommandLine.Command Create()
    {
        Option<string> data = SharedOptions.Data();
        var recipe = new Option<string>("--recipe") { Description = "The recipe.", DefaultValueFactory = _ => "quick" };
        var seeds = new Option<int>("--seeds") { Description = "Runs, with the seeds 1, 2 …", DefaultValueFactory = _ => 5 };
        var validation = new Option<int>("--validation") { Description = "Judge on N training images held out, and say when they were first read 99 % right.", HelpName = "N" };
        var command = new System.CommandLine.Command("accuracy", "Mean and standard deviation of a recipe's accuracies over seeds.") { data, recipe, seeds, validation };
        command.SetAction(parsed => Measure(parsed.GetRequiredValue(data), parsed.GetRequiredValue(recipe), parsed.GetValue(seeds), parsed.GetValue(validation)));
        return command;
    }

    private static void Measure(string data, string recipe, int seeds, int validation)
    {
        string folder = Directory.CreateTempSubdirectory("mnist-adder-benchmark-").FullName;
        var runs = new List<Run>();
        string[] judgedOn = validation > 0 ? ["--validation", validation.ToString(CultureInfo.InvariantCulture)] : [];
        for (int seed = 1; seed <= seeds; seed++)
        {
            Trainer.Metrics metrics = Trainer.Run(data, folder, ["--recipe", recipe, "--seed", seed.ToString(CultureInfo.InvariantCulture), .. judgedOn]);
            runs.Add(new Run(metrics, Trainer.SecondsTo(folder, Milestone)));
            AnsiConsole.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"seed {seed}: digit {metrics.DigitAccuracy:0.00%}, sum {metrics.SumAccuracy:0.000%}, {metrics.TrainingSeconds:0} s, {metrics.ImagesPerSecond:0} images/s"));
        }

        Directory.Delete(folder, recursive: true);
        Table table = new Table()
            .Title($"{recipe}, {seeds} seeds, judged on {(validation > 0 ? "validation" : "test")} images")
            .AddColumns("figure", "mean", "sd", "minimum", "maximum");
        AddRow("digit accuracy (%)", "0.000", run => 100 * run.Metrics.DigitAccuracy);
        AddRow("sum accuracy, all ten addends (%)", "0.000", run => 100 * run.Metrics.SumAccuracy);
        AddRow("seconds of training", "0.0", run => run.Metrics.TrainingSeconds);
        AddRow("images/s", "0", run => run.Metrics.ImagesPerSecond);
        if (validation > 0)
            AddRow("seconds to 99.0 % of the validation images", "0.0", run => run.SecondsToMilestone ?? double.PositiveInfinity);
        AnsiConsole.Write(table);

        void AddRow(string name, string format, Func<Run, double> figure)
        {
            double[] values = [.. runs.Select(figure)];
            double[] cells = [values.Average(), Statistics.StandardDeviation(values), values.Min(), values.Max()];
            table.AddRow([name, .. cells.Select(cell => cell.ToString(format, CultureInfo.InvariantCulture))]);
        }
    }

    private sealed record Run(Trainer.Metrics Metrics, double? SecondsToMilestone);
}
