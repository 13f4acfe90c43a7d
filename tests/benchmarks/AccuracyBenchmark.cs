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
        Option<int> seeds = SharedOptions.Count("--seeds", "Runs, with the seeds 1, 2 …", 5);
        Option<int> validation = SharedOptions.Count("--validation", "Judge on N training images held out, and say when they were first read 99 % right; 0 for the test images.", 0, least: 0);
        var command = new System.CommandLine.Command("accuracy", "Mean and standard deviation of a recipe's accuracies over seeds.") { data, recipe, seeds, validation };
        command.SetAction(parsed => Measure(parsed.GetRequiredValue(data), parsed.GetRequiredValue(recipe), parsed.GetValue(seeds), parsed.GetValue(validation)));
        return command;
    }

    private static void Measure(string data, string recipe, int seeds, int validation)
    {
        using var folder = new TemporaryFolder();
        var runs = new List<Run>();
        string[] judgedOn = validation > 0 ? ["--validation", validation.ToString(CultureInfo.InvariantCulture)] : [];
        for (int seed = 1; seed <= seeds; seed++)
        {
            Trainer.Metrics metrics = Trainer.Run(data, folder.Path, ["--recipe", recipe, "--seed", seed.ToString(CultureInfo.InvariantCulture), .. judgedOn]);
            runs.Add(new Run(metrics, Trainer.SecondsTo(folder.Path, Milestone)));
            AnsiConsole.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"seed {seed}: digit {metrics.DigitAccuracy:0.00%}, sum {metrics.SumAccuracy:0.000%}, {metrics.TrainingSeconds:0} s, {metrics.ImagesPerSecond:0} images/s"));
        }

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
            string deviation = values.Length > 1 ? Text(Statistics.StandardDeviation(values)) : "–";
            table.AddRow(name, Text(values.Average()), deviation, Text(values.Min()), Text(values.Max()));

            string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        }
    }

    private sealed record Run(Trainer.Metrics Metrics, double? SecondsToMilestone);
}
