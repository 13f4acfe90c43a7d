using System.Diagnostics;
using System.Text.Json;
using Sylvan.Data.Csv;

namespace MnistAdder.Benchmarks;

/// <summary>The training host as a process, and the figures that it leaves.</summary>
internal static class Trainer
{
    private static readonly JsonSerializerOptions s_names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Trains and reads <c>metrics.json</c>; what the run printed comes with an error.</summary>
    public static Metrics Run(string data, string output, params string[] arguments)
    {
        Command.Run("dotnet", [Checkout.TrainingHost, "--data", data, "--output", output, "--overwrite", .. arguments]);
        return TryRead(output)!;
    }

    /// <summary>The figures of a run that has ended; null where there is none.</summary>
    public static Metrics? TryRead(string? output)
    {
        string? file = output is null ? null : Path.Combine(output, "metrics.json");
        return File.Exists(file) ? JsonSerializer.Deserialize<Metrics>(File.ReadAllText(file), s_names) : null;
    }

    /// <summary>A recipe's model after a moment of training on synthetic digits: for measuring its speed, which the weights don't change.</summary>
    /// <param name="recipe">The recipe's name.</param>
    /// <param name="folder">Where a folder of its name is made.</param>
    /// <returns>The path of the <c>model.onnx</c>.</returns>
    public static string BarelyTrained(string recipe, string folder)
    {
        string output = Path.Combine(folder, recipe);
        Command.Run("dotnet", [Checkout.TrainingHost, "--recipe", recipe, "--dataset", "synthetic", "--limit", "500", "--epochs", "1", "--output", output, "--quiet"]);
        return Path.Combine(output, "model.onnx");
    }

    /// <summary>Seconds of training until an epoch ended with this digit accuracy on the images that the run was judged on; null if none did.</summary>
    public static double? SecondsTo(string output, double accuracy)
    {
        using CsvDataReader history = CsvDataReader.Create(Path.Combine(output, "history.csv"));
        int reached = history.GetOrdinal("test_digit_accuracy"), took = history.GetOrdinal("seconds");
        double seconds = 0;
        while (history.Read())
        {
            seconds += history.GetDouble(took);
            if (history.GetDouble(reached) >= accuracy)
                return seconds;
        }

        return null;
    }

    public sealed record Metrics(double DigitAccuracy, double SumAccuracy, double TrainingSeconds, double ImagesPerSecond);
}

/// <summary>Programs run to their end.</summary>
internal static class Command
{
    /// <summary>Runs a program and returns its standard output.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(string program, IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}:\n{output}");
    }
}
