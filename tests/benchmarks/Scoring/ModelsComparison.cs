using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Graphs;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.Serving;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary>
/// Several models in one contest: stock ML.NET, this project's pipeline, <c>score</c> as a process, and ONNX Runtime alone on the graph
/// that the pipeline runs, each with each.
/// </summary>
internal static class ModelsComparison
{
    private const int BatchSize = 32;

    /// <summary>Measures all in turns and prints a row for each model.</summary>
    /// <param name="models">Names for people, and files.</param>
    /// <param name="pictures">What is scored.</param>
    /// <param name="rows">Rows of each measurement.</param>
    /// <param name="rounds">Measurements of each; the median counts.</param>
    /// <param name="folder">For what the processes read and write.</param>
    public static void Report(IReadOnlyList<(string Name, string File)> models, Pictures pictures, int rows, int rounds, TemporaryFolder folder)
    {
        var ml = new MLContext();
        IDataView view = pictures.View(ml, rows);
        string csv = folder["input.csv"];
        pictures.WriteCsv(csv, rows);
        TransformerChain<ITransformer>[] stock = [.. models.Select(model => Pipelines.Stock(ml, model.File, view, threads: 1))];
        DigitSumTransformer[] own = [.. models.Select(model => Pipelines.Own(ml, model.File, view))];
        RuntimeAlone[] runtimes = [.. models.Select(model => new RuntimeAlone(GraphOptimizer.Optimize(File.ReadAllBytes(model.File)), Environment.ProcessorCount, BatchSize))];
        (double Seconds, double ProcessorSeconds)[] medians = Contest.Measure(
            rounds,
            [
                .. stock.Select(model => new Contestant("", () => Pipelines.Drain(model.Transform(view), "digit", "sum"))),
                .. own.Select(model => new Contestant("", () => Pipelines.Drain(model.Transform(view), "Digit", "Sum"))),
                .. models.Select(model => new Contestant("", () => Command.Run(
                    "dotnet", [Checkout.ScoringHost, "score", csv, "-o", folder["output.csv"], "--model", model.File, "--quiet"]))),
                .. runtimes.Select(runtime => new Contestant("", () => runtime.Score(rows))),
            ]);
        Table table = new Table().Title("rows/s; of stock on the same model, or for a quantised one on the model above it").AddColumns(
            "model", "stock", "pipeline", "of stock", $"of the pipeline with {models[0].Name}", "score, the process", "of the pipeline");
        Table costs = new Table().Title($"µs of a processor a row; inference is ONNX Runtime's alone, {BatchSize} rows at a time").AddColumns("model", "pipeline", "inference", "beside it");
        int floats = 0;
        for (int i = 0; i < models.Count; i++)
        {
            if (!IsQuantized(models[i].File))
                floats = i;
            double pipeline = Pipeline(i).Seconds, process = medians[(2 * models.Count) + i].Seconds;
            table.AddRow(
                Markup.Escape(models[i].Name), Rate(medians[i].Seconds), Rate(pipeline), Ratio(medians[floats].Seconds / pipeline), Ratio(Pipeline(0).Seconds / pipeline), Rate(process), Ratio(pipeline / process));
            double inference = medians[(3 * models.Count) + i].ProcessorSeconds;
            costs.AddRow(
                Markup.Escape(models[i].Name), Microseconds(Pipeline(i).ProcessorSeconds), Microseconds(inference), Microseconds(Pipeline(i).ProcessorSeconds - inference));
        }

        AnsiConsole.Write(table);
        AnsiConsole.Write(costs);
        Array.ForEach(stock, model => model.Dispose());
        Array.ForEach(own, model => model.Dispose());
        Array.ForEach(runtimes, runtime => runtime.Dispose());

        (double Seconds, double ProcessorSeconds) Pipeline(int model) => medians[models.Count + model];
        string Microseconds(double taken) => (1e6 * taken / rows).ToString("0.0", CultureInfo.InvariantCulture);
        string Rate(double taken) => (rows / taken).ToString("N0", CultureInfo.InvariantCulture);
    }

    private static bool IsQuantized(string file)
    {
        using var session = BatchSession.Open(new ModelSource.InFile(file), InferenceOptions.Default, out _);
        return session.Metadata.ContainsKey(ModelMetadata.QuantizationKey);
    }

    private static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);
}
