using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Serving;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary><c>scoring</c>: rows per second of this project's pipeline against stock ML.NET, on the same files in one run.</summary>
internal static class ScoringBenchmark
{
    private const int SingleRows = 2_000;

    public static System.CommandLine.Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model.onnx.", HelpName = "FILE", DefaultValueFactory = _ => Checkout.PretrainedModel };
        var rows = new Option<int>("--rows") { Description = "Rows of each measurement.", HelpName = "N", DefaultValueFactory = _ => 60_000 };
        var rounds = new Option<int>("--rounds") { Description = "Measurements of each, in turns; the median counts.", HelpName = "N", DefaultValueFactory = _ => 5 };
        var most = new Option<int>("--most") { Description = "Greatest number of rows in the table of growth.", HelpName = "N", DefaultValueFactory = _ => 1_000_000 };
        var command = new System.CommandLine.Command("scoring", "Scoring speed against stock ML.NET and ONNX Runtime alone.") { model, rows, rounds, most };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(model), parsed.GetValue(rows), parsed.GetValue(rounds), parsed.GetValue(most)));
        return command;
    }

    private static void Run(string model, int rows, int rounds, int most)
    {
        var ml = new MLContext();
        Pictures pictures = Pictures.Draw();
        IDataView view = pictures.View(ml, rows);
        ITransformer stock = Pipelines.Stock(ml, model, view);
        using DigitSumTransformer own = Pipelines.Own(ml, model, view);
        using var runtime = new RuntimeAlone(model);
        string csv = Path.GetTempFileName(), output = Path.GetTempFileName();
        pictures.WriteCsv(csv, rows);

        AnsiConsole.WriteLine($"{rows:N0} rows of 28×28 PNG files, {Environment.ProcessorCount} processors, median of {rounds} measurements in turns");
        Report(rows, rounds,
        [
            new("(a) stock ML.NET pipeline, IntraOpNumThreads = 1", () => Pipelines.Drain(stock.Transform(view), "digit", "sum")),
            new("(b) MnistAdder's pipeline", () => Pipelines.Drain(own.Transform(view), "Digit", "Sum")),
            new("(c) mnist-adder score, the whole process", () => Command.Run("dotnet", [Checkout.ScoringHost, "score", csv, "-o", output, "--model", model, "--quiet"])),
            new("(d) ONNX Runtime alone, decoded beforehand", () => runtime.Score(rows)),
        ]);
        File.Delete(csv);
        File.Delete(output);

        PictureRow[] single = [.. pictures.Rows(SingleRows)];
        PredictionEngine<PictureRow, StockAnswer> stockEngine = ml.Model.CreatePredictionEngine<PictureRow, StockAnswer>(stock);
        PredictionEngine<PictureRow, OwnAnswer> ownEngine = ml.Model.CreatePredictionEngine<PictureRow, OwnAnswer>(
            own, new PredictionEngineOptions { OwnsTransformer = false });
        var stockAnswer = new StockAnswer();
        var ownAnswer = new OwnAnswer();
        AnsiConsole.WriteLine("(e) one row at a time in a PredictionEngine");
        Report(SingleRows, rounds,
        [
            new("stock ML.NET", () => Array.ForEach(single, row => stockEngine.Predict(row, ref stockAnswer))),
            new("MnistAdder", () => Array.ForEach(single, row => ownEngine.Predict(row, ref ownAnswer))),
        ]);

        GrowthMeasurement.Report(model, most);
    }

    /// <summary>Measures each once to warm up, then all in turns; the first is the baseline.</summary>
    private static void Report(int rows, int rounds, Contestant[] contestants)
    {
        var seconds = contestants.ToDictionary(contestant => contestant, _ => new List<double>());
        for (int round = 0; round <= rounds; round++)
        {
            foreach (Contestant contestant in contestants)
            {
                var clock = Stopwatch.StartNew();
                contestant.Score();
                if (round > 0)
                    seconds[contestant].Add(clock.Elapsed.TotalSeconds);
            }
        }

        double baseline = Statistics.Median(seconds[contestants[0]]);
        Table table = new Table().AddColumns("", "rows/s", "µs a row", "ratio");
        foreach (Contestant contestant in contestants)
        {
            double median = Statistics.Median(seconds[contestant]);
            table.AddRow(
                Markup.Escape(contestant.Name),
                (rows / median).ToString("N0", CultureInfo.InvariantCulture),
                (1e6 * median / rows).ToString("0.0", CultureInfo.InvariantCulture),
                (baseline / median).ToString("0.00", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
    }

    private sealed record Contestant(string Name, Action Score);

    private sealed class StockAnswer
    {
        [ColumnName("digit")]
        public long[] Digit { get; set; } = [];

        [ColumnName("sum")]
        public long[] Sum { get; set; } = [];
    }

    private sealed class OwnAnswer
    {
        public long Digit { get; set; }

        public long Sum { get; set; }
    }
}
