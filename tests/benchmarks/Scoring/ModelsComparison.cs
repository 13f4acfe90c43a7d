using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.Serving;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary>Several models in one contest: stock ML.NET, this project's pipeline and <c>score</c> as a process, each with each.</summary>
internal static class ModelsComparison
{
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
        double[] seconds = Contest.Seconds(
            rounds,
            [
                .. stock.Select(model => new Contestant("", () => Pipelines.Drain(model.Transform(view), "digit", "sum"))),
                .. own.Select(model => new Contestant("", () => Pipelines.Drain(model.Transform(view), "Digit", "Sum"))),
                .. models.Select(model => new Contestant("", () => Command.Run(
                    "dotnet", [Checkout.ScoringHost, "score", csv, "-o", folder["output.csv"], "--model", model.File, "--quiet"]))),
            ]);
        Table table = new Table().Title("rows/s; of stock on the same model, or for a quantised one on the model above it").AddColumns(
            "model", "stock", "pipeline", "of stock", $"of the pipeline with {models[0].Name}", "score, the process", "of the pipeline");
        int floats = 0;
        for (int i = 0; i < models.Count; i++)
        {
            if (!IsQuantized(models[i].File))
                floats = i;
            double pipeline = seconds[models.Count + i], process = seconds[(2 * models.Count) + i];
            table.AddRow(
                Markup.Escape(models[i].Name), Rate(seconds[i]), Rate(pipeline), Ratio(seconds[floats] / pipeline), Ratio(seconds[models.Count] / pipeline), Rate(process), Ratio(pipeline / process));
        }

        AnsiConsole.Write(table);
        Array.ForEach(stock, model => model.Dispose());
        Array.ForEach(own, model => model.Dispose());

        string Rate(double taken) => (rows / taken).ToString("N0", CultureInfo.InvariantCulture);
    }

    private static bool IsQuantized(string file)
    {
        using var session = BatchSession.Open(new ModelSource.InFile(file), InferenceOptions.Default, out _);
        return session.Metadata.ContainsKey(ModelMetadata.QuantizationKey);
    }

    private static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);
}
