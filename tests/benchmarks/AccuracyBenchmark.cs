using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace MnistAdder.Benchmarks;

/// <summary><c>accuracy</c>: a recipe trained with several seeds, each judged by its last epoch.</summary>
internal static class AccuracyBenchmark
{
    private const double Milestone = 0.99;

    // Below are the seeds on which settings were looked at.
    private const int FirstSeed = 101;

    public static System.CommandLine.Command Create()
    {
        Option<string> data = SharedOptions.Data();
        var recipes = new Option<string[]>("--recipe") { Description = "The recipe; several stand in one table.", DefaultValueFactory = _ => ["quick"] };
        Option<int> seeds = SharedOptions.Count("--seeds", "Runs, each with a seed of its own.", 5);
        Option<int> first = SharedOptions.Count("--first-seed", "The first run's seed.", FirstSeed, least: 0);
        Option<int> validation = SharedOptions.Count("--validation", "Judge on N training images held out, and say when they were first read 99 % right; 0 for the test images.", 0, least: 0);
        Option<int> folds = SharedOptions.Count("--folds", "Hold out in turn the last, the second last … N training images, each with all seeds.", 1);
        Option<int?> epochs = new("--epochs") { Description = "Epochs, other than the recipe's.", HelpName = "N" };
        Option<string?> output = new("--output") { Description = "Keep the runs in folders here, and take those that are there already as they are: a series can go on where it was stopped.", HelpName = "DIR" };
        var command = new System.CommandLine.Command("accuracy", "Mean and standard deviation of a recipe's accuracies over seeds, each after the last epoch.")
        {
            data, recipes, seeds, first, validation, folds, epochs, output,
        };
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(folds) > 1 && parsed.GetValue(validation) == 0)
                parsed.AddError("--folds are of held-out images: it needs --validation.");
        });
        command.SetAction(parsed => Measure(
            parsed.GetRequiredValue(data),
            parsed.GetRequiredValue(recipes),
            parsed.GetValue(first),
            parsed.GetValue(seeds),
            parsed.GetValue(validation),
            parsed.GetValue(folds),
            parsed.GetValue(epochs),
            parsed.GetValue(output)));
        return command;
    }

    private static void Measure(string data, string[] recipes, int first, int seeds, int validation, int folds, int? epochs, string? output)
    {
        using var folder = new TemporaryFolder();
        var failures = new List<string>();
        string[] options = [.. validation > 0 ? ["--validation", Text(validation)] : Array.Empty<string>(), .. epochs is { } count ? ["--epochs", Text(count)] : Array.Empty<string>()];
        Table table = new Table()
            .Title($"seeds {first} to {first + seeds - 1}, last epoch, judged on {(validation > 0 ? $"{folds} × {validation} validation" : "test")} images")
            .AddColumns("recipe", "figure", "mean", "sd", "standard error", "minimum", "maximum");
        foreach (string recipe in recipes)
        {
            Run[] runs = [.. Runs(recipe)];
            AddRow("digit accuracy (%)", "0.000", run => 100 * run.Metrics.DigitAccuracy);
            AddRow("sum accuracy, all ten addends (%)", "0.000", run => 100 * run.Metrics.SumAccuracy);
            AddRow("seconds of training", "0.0", run => run.Metrics.TrainingSeconds);
            AddRow("images/s", "0", run => run.Metrics.ImagesPerSecond);
            if (validation > 0)
                AddRow("seconds to 99.0 % of the validation images", "0.0", run => run.SecondsToMilestone ?? double.PositiveInfinity);

            void AddRow(string name, string format, Func<Run, double> figure)
            {
                double[] values = [.. runs.Select(figure)];
                if (values.Length == 0)
                    return;
                double deviation = values.Length > 1 ? Statistics.StandardDeviation(values) : double.NaN;
                table.AddRow(recipe, name, Text(values.Average()), Text(deviation), Text(deviation / Math.Sqrt(values.Length)), Text(values.Min()), Text(values.Max()));

                string Text(double value) => double.IsNaN(value) ? "–" : value.ToString(format, CultureInfo.InvariantCulture);
            }
        }

        if (table.Rows.Count == 0)
            throw new InvalidOperationException("Every run failed.");
        AnsiConsole.Write(table);
        if (failures.Count > 0)
            AnsiConsole.WriteLine($"without {string.Join(" and ", failures)}, which failed");
        AnsiConsole.WriteLine($"on {Environment.ProcessorCount} processors, {ThisMachine.ProcessorName()}");

        IEnumerable<Run> Runs(string recipe)
        {
            for (int fold = 0; fold < folds; fold++)
            {
                string files = fold == 0 ? data : TurnedMnist.Write(data, fold * validation, folder[$"fold{fold}"]);
                for (int seed = first; seed < first + seeds; seed++)
                {
                    string name = $"{recipe}, {(folds > 1 ? $"fold {fold + 1}, " : "")}seed {seed}";
                    string place = output is null ? folder["run"] : Path.Combine(output, $"{recipe}{(folds > 1 ? $"-fold{fold + 1}" : "")}-{Text(seed)}");
                    if (TryRun(name, files, place, ["--recipe", recipe, .. options, "--seed", Text(seed)]) is { } run)
                        yield return run;
                }
            }
        }

        Run? TryRun(string name, string files, string place, string[] arguments)
        {
            try
            {
                Trainer.Metrics metrics = Trainer.TryRead(output is null ? null : place) ?? Trainer.Run(files, place, arguments);
                AnsiConsole.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}: digit {metrics.DigitAccuracy:0.00%}, sum {metrics.SumAccuracy:0.000%}, {metrics.TrainingSeconds:0} s, {metrics.ImagesPerSecond:0} images/s"));
                return new Run(metrics, Trainer.SecondsTo(place, Milestone));
            }
            catch (InvalidOperationException error)
            {
                // Hours of other runs aren't lost for it.
                failures.Add(name);
                AnsiConsole.WriteLine($"{name} failed: {error.Message}");
                return null;
            }
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Run(Trainer.Metrics Metrics, double? SecondsToMilestone);
}
