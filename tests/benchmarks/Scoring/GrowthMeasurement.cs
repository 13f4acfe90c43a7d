using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using MnistAdder.Serving;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary><c>growth</c>: time and peak memory of one enumeration in a process of its own.</summary>
internal static class GrowthMeasurement
{
    private const int Fewest = 1_000;

    public static System.CommandLine.Command Create()
    {
        var model = new Argument<string>("model") { Description = "The model.onnx." };
        var rows = new Argument<int>("rows") { Description = "Rows to score." };
        var command = new System.CommandLine.Command("growth", "Score rows once and print the seconds and the peak memory in bytes.") { model, rows };
        command.SetAction(parsed =>
        {
            var ml = new MLContext();
            IDataView view = Pictures.Draw().View(ml, parsed.GetValue(rows));
            var clock = Stopwatch.StartNew();
            using DigitSumTransformer own = Pipelines.Own(ml, parsed.GetRequiredValue(model), view);
            Pipelines.Drain(own.Transform(view), "Digit", "Sum");
            double seconds = clock.Elapsed.TotalSeconds;
            using var process = Process.GetCurrentProcess();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {process.PeakWorkingSet64}"));
        });
        return command;
    }

    /// <summary>Measures 1,000 rows, ten times as many, and so on.</summary>
    public static void Report(string model, int most)
    {
        Table table = new Table().Title("Growth of (b), a process each").AddColumns("rows", "seconds", "rows/s", "peak memory (MB)");
        for (int rows = Fewest; rows <= most; rows *= 10)
        {
            string program = typeof(GrowthMeasurement).Assembly.Location;
            string[] figures = Command.Run("dotnet", [program, "growth", model, rows.ToString(CultureInfo.InvariantCulture)]).Split(' ');
            double seconds = double.Parse(figures[0], CultureInfo.InvariantCulture), bytes = double.Parse(figures[1], CultureInfo.InvariantCulture);
            string[] cells = [rows.ToString("N0", CultureInfo.InvariantCulture), seconds.ToString("0.0", CultureInfo.InvariantCulture), (rows / seconds).ToString("N0", CultureInfo.InvariantCulture), (bytes / 1e6).ToString("0", CultureInfo.InvariantCulture)];
            table.AddRow(cells);
        }

        AnsiConsole.Write(table);
    }
}
