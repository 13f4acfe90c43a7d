using System.CommandLine;
using System.Globalization;
using MnistAdder.Benchmarks.Scoring;
using MnistAdder.Commands;
using MnistAdder.Serving.Tests.Endurance;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Endurance;

/// <summary><c>soak</c>: very many predictions in one process, and what it holds meanwhile.</summary>
internal static class SoakCommand
{
    public static System.CommandLine.Command Create()
    {
        Option<int> predictions = SharedOptions.Count("--predictions", "Predictions, one at a time.", 1_000_000, least: Soak.Points);
        var command = new System.CommandLine.Command(
            "soak", "Predict one picture at a time and print what the process holds; exit 1 where that grows.") { predictions };
        command.SetAction(parsed => Run(parsed.GetValue(predictions)));
        return command;
    }

    private static int Run(int predictions)
    {
        Table table = new Table().AddColumns("predictions", "seconds", "managed heap (MB)", "working set (MB)", "open files");
        List<SoakSample> samples = [];
        string[] files = [.. Pictures.Draw().Rows(1_000).Select(row => row.Path)];
        foreach (SoakSample sample in Soak.Run(Checkout.PretrainedModel, files, predictions))
        {
            samples.Add(sample);
            string[] cells =
            [
                Text(sample.Predictions, "N0"), Text(sample.Elapsed.TotalSeconds, "0.0"), Text(sample.ManagedBytes / 1e6, "0.00"),
                Text(sample.WorkingSet / 1e6, "0.0"), Text(sample.Handles, "0"),
            ];
            table.AddRow(cells);
        }

        AnsiConsole.Write(table);
        IReadOnlyList<string> growth = Soak.Growth(samples);
        foreach (string line in growth)
            AnsiConsole.WriteLine(line);
        return growth.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
