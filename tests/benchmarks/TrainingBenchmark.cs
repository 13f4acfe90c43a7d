using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace MnistAdder.Benchmarks;

/// <summary><c>training</c>: images per second of recipe <c>seed</c> here and in PyTorch, taken in turns in one sitting.</summary>
internal static class TrainingBenchmark
{
    private const string Python = "/usr/bin/python3";

    public static System.CommandLine.Command Create()
    {
        Option<string> data = SharedOptions.Data();
        Option<int> images = SharedOptions.Count("--images", "Training images of an epoch.", 20_000, least: 2);
        Option<int> rounds = SharedOptions.Count("--rounds", "Epochs of each, in turns.", 5);
        var command = new System.CommandLine.Command("training", "Training speed of recipe seed against PyTorch's, measured in turns.") { data, images, rounds };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(data), parsed.GetValue(images), parsed.GetValue(rounds)));
        return command;
    }

    private static void Run(string data, int images, int rounds)
    {
        using var folder = new TemporaryFolder();
        string count = images.ToString(CultureInfo.InvariantCulture);
        var peer = new List<double>();
        var mine = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            string line = Command.Run(Python, [Checkout.PyTorchPeer, "--data", data, "--images", count]);
            peer.Add(JsonDocument.Parse(line).RootElement.GetProperty("images_per_second").GetDouble());
            mine.Add(Trainer.Run(data, folder.Path, "--recipe", "seed", "--epochs", "1", "--limit", count).ImagesPerSecond);
            AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round + 1}: PyTorch {peer[^1]:0}, MnistAdder {mine[^1]:0} images/s"));
        }

        Table table = new Table().AddColumns("trainer", "images/s (median)", "ratio (median of rounds)");
        table.AddRow("PyTorch, peers/train_seed.py", Number(Statistics.Median(peer), "0"), "1.00");
        table.AddRow("MnistAdder, --recipe seed", Number(Statistics.Median(mine), "0"), Number(Statistics.Median([.. mine.Zip(peer, (m, p) => m / p)]), "0.00"));
        AnsiConsole.Write(table);
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
