using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching.Graphs;
using MnistAdder.Serving;
using MnistAdder.Tests.Support.Models;
using MnistAdder.Training.Recipes;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary><c>scoring</c>: rows per second of this project's pipeline against stock ML.NET, on the same files in one run.</summary>
internal static class ScoringBenchmark
{
    private const int SingleRows = 2_000;
    private const int BatchSize = 32;

    public static System.CommandLine.Command Create()
    {
        var model = new Option<string[]>("--model")
        {
            Description = "A model.onnx, a released model (best, fast, fast-int8), or another recipe, whose network is trained for a moment. With several they are compared in one table. [default: seed]",
            HelpName = "MODEL",
        };
        Option<int> rows = SharedOptions.Count("--rows", "Rows of each measurement.", 60_000);
        Option<int> rounds = SharedOptions.Count("--rounds", "Measurements of each, in turns; the median counts.", 5);
        Option<int> most = SharedOptions.Count("--most", "Greatest number of rows in the table of growth.", 1_000_000);
        var command = new System.CommandLine.Command("scoring", "Scoring speed against stock ML.NET and ONNX Runtime alone.") { model, rows, rounds, most };
        command.SetAction(parsed => Run(parsed.GetValue(model) is { Length: > 0 } asked ? asked : ["seed"], parsed.GetValue(rows), parsed.GetValue(rounds), parsed.GetValue(most)));
        return command;
    }

    private static void Run(string[] asked, int rows, int rounds, int most)
    {
        using var folder = new TemporaryFolder();
        string[] models = [.. asked.Select(name => FileOf(name, folder.Path))];
        string model = models[0];
        var pictures = Pictures.Draw();
        AnsiConsole.WriteLine(
            $"{rows:N0} rows of 28×28 PNG files, {Environment.ProcessorCount} processors of {ThisMachine.ProcessorName()}, median of {rounds} measurements in turns");
        if (models.Length > 1)
        {
            ModelsComparison.Report([.. asked.Zip(models)], pictures, rows, rounds, folder);
            return;
        }

        string csv = folder["input.csv"];
        pictures.WriteCsv(csv, rows);
        ScoreTables(pictures, model, rows, rounds, new Contestant(
            "(c) mnist-adder score, the whole process",
            () => Command.Run("dotnet", [Checkout.ScoringHost, "score", csv, "-o", folder["output.csv"], "--model", model, "--quiet"])));

        AnsiConsole.WriteLine("(e) one row at a time in a PredictionEngine, beside ONNX Runtime alone");
        ScoreSingleRows(pictures, model, rounds);

        string one = folder["one.csv"];
        pictures.WriteCsv(one, 1);
        double seconds = Contest.Seconds(rounds, new Contestant("", () => Command.Run(
            Checkout.ScoringProgram, ["score", one, "-o", folder["output.csv"], "--model", model, "--quiet"])))[0];
        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mnist-adder score on one picture, the whole process: {seconds:0.00} s"));

        AnsiConsole.WriteLine("The same with a small network: two linear layers of 8,220 random weights");
        ScoreTables(pictures, folder.Write("small.onnx", TestModels.DigitSum()), rows, rounds);

        GrowthMeasurement.Report(model, most);
    }

    private static string FileOf(string name, string folder)
    {
        if (File.Exists(name))
            return name;
        string released = Path.Combine(Path.GetDirectoryName(Checkout.PretrainedModel)!, name switch { "best" => "model.onnx", "fast-int8" => "fast/model.int8.onnx", _ => $"{name}/model.onnx" });
        if (File.Exists(released))
            return released;
        return Recipe.All.Any(recipe => recipe.Name == name)
            ? Trainer.BarelyTrained(name, folder)
            : throw new FileNotFoundException($"--model is '{name}', which is no file, no released model and no recipe.");
    }

    private static void ScoreTables(Pictures pictures, string model, int rows, int rounds, params Contestant[] others)
    {
        var ml = new MLContext();
        IDataView view = pictures.View(ml, rows);
        using TransformerChain<ITransformer> stock = Pipelines.Stock(ml, model, view, threads: 1);
        using DigitSumTransformer own = Pipelines.Own(ml, model, view);
        byte[] file = File.ReadAllBytes(model);
        using var runtime = new RuntimeAlone(file, Environment.ProcessorCount, BatchSize);
        using var rewritten = new RuntimeAlone(GraphOptimizer.Optimize(file), Environment.ProcessorCount, BatchSize);
        Contest.Report(
            rows,
            rounds,
            [
                new("(a) stock ML.NET pipeline, IntraOpNumThreads = 1", () => Pipelines.Drain(stock.Transform(view), "digit", "sum")),
                new("(b) MnistAdder's pipeline", () => Pipelines.Drain(own.Transform(view), "Digit", "Sum")),
                .. others,
                new("(d) ONNX Runtime alone, decoded beforehand", () => runtime.Score(rows)),
                new("    the same on the graph that MnistAdder runs", () => rewritten.Score(rows)),
            ]);
    }

    private static void ScoreSingleRows(Pictures pictures, string model, int rounds)
    {
        var ml = new MLContext();
        PictureRow[] rows = [.. pictures.Rows(SingleRows)];
        IDataView view = ml.Data.LoadFromEnumerable(rows);
        using TransformerChain<ITransformer> stock = Pipelines.Stock(ml, model, view, threads: null);
        using TransformerChain<ITransformer> stockOneThread = Pipelines.Stock(ml, model, view, threads: 1);
        using DigitSumTransformer own = Pipelines.Own(ml, model, view);
        byte[] file = File.ReadAllBytes(model);
        using var runtime = new RuntimeAlone(file, sessions: 1, batchSize: 1);
        using var rewritten = new RuntimeAlone(GraphOptimizer.Optimize(file), sessions: 1, batchSize: 1);
        Contest.Report(
            SingleRows,
            rounds,
            Engine<StockAnswer>("stock ML.NET as it comes", stock),
            Engine<StockAnswer>("stock ML.NET, IntraOpNumThreads = 1", stockOneThread),
            Engine<OwnAnswer>("MnistAdder", own),
            new("ONNX Runtime alone", () => runtime.Score(SingleRows)),
            new("ONNX Runtime alone on the graph that MnistAdder runs", () => rewritten.Score(SingleRows)));

        Contestant Engine<TAnswer>(string name, ITransformer model)
            where TAnswer : class, new()
        {
            PredictionEngine<PictureRow, TAnswer> engine = ml.Model.CreatePredictionEngine<PictureRow, TAnswer>(
                model, new PredictionEngineOptions { OwnsTransformer = false });
            var answer = new TAnswer();
            return new Contestant(name, () => Array.ForEach(rows, row => engine.Predict(row, ref answer)));
        }
    }

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
