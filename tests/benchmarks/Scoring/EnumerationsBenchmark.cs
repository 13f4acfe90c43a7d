using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching;
using MnistAdder.Serving;
using MnistAdder.Tests.Support.Models;
using Spectre.Console;
using Table = Spectre.Console.Table;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary>
/// <c>enumerations</c>: many enumerations at once on threads of the pool, as requests of a web server are, against stock ML.NET.
/// </summary>
internal static class EnumerationsBenchmark
{
    private const int RowCount = 100;
    private const int RowsBeforeABreak = 10;
    private const int RowsBeforeAnException = 50;
    private const int ThreadsFromTheStart = 2;

    // Of as many enumerations one is left early, and one has a source that throws.
    private const int Kinds = 8;

    private static readonly int[] s_together = [2, 8, 64, 200];

    public static System.CommandLine.Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model.onnx.", HelpName = "FILE", DefaultValueFactory = _ => Checkout.PretrainedModel };
        Option<int> rounds = SharedOptions.Count("--rounds", "Measurements of each, in turns; the median counts.", 9);
        var command = new System.CommandLine.Command("enumerations", "2 to 200 enumerations of 100 rows at once on threads of the pool, against stock ML.NET.") { model, rounds };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(model), parsed.GetValue(rounds)));
        return command;
    }

    private static void Run(string model, int rounds)
    {
        ThreadPool.SetMinThreads(ThreadsFromTheStart, ThreadsFromTheStart);
        using var folder = new TemporaryFolder();
        AnsiConsole.WriteLine($"{RowCount} rows each, one in {Kinds} left after {RowsBeforeABreak}, in one the source throws; medians of {rounds} rounds in turns");
        foreach ((string name, string file) in new[] { (Path.GetFileName(model), model), ("two linear layers", folder.Write("small.onnx", TestModels.DigitSum())) })
        {
            var ml = new MLContext();
            IDataView none = ml.Data.LoadFromEnumerable(Array.Empty<PixelRow>());
            string[] outputs = [ModelContract.Digit, ModelContract.Sum];
            using var stock = ml.Transforms.ApplyOnnxModel(outputs, [ModelContract.Image, ModelContract.Number], file).Fit(none);
            using BatchedOnnxTransformer batched = ml.Transforms.ApplyOnnxModelBatched(outputs, [ModelContract.Image, ModelContract.Number], file).Fit(none);
            using DigitSumTransformer digits = ml.Transforms.ApplyDigitSumModel(file, imageColumn: ModelContract.Image).Fit(none);
            Table table = new Table().Title(name).AddColumns("at once", "times", "stock (s)", "batched (s)", "ratio", "digit sums (s)", "ratio");
            foreach (int together in s_together)
                AddRow(table, ml, together, rounds, stock, batched, digits);
            AnsiConsole.Write(table);
        }
    }

    private static void AddRow(Table table, MLContext ml, int together, int rounds, ITransformer stock, ITransformer batched, ITransformer digits)
    {
        double once = Contest.Seconds(1, new Contestant("", () => Enumerate(ml, stock, together, 1, "digit", "sum")))[0];
        int times = Math.Max(1, (int)Math.Round(1 / once));
        double[] seconds = Contest.Seconds(
            rounds,
            new("stock", () => Enumerate(ml, stock, together, times, "digit", "sum")),
            new("batched", () => Enumerate(ml, batched, together, times, "digit", "sum")),
            new("digits", () => Enumerate(ml, digits, together, times, "Digit", "Sum")));
        table.AddRow(
            together.ToString(CultureInfo.InvariantCulture),
            times.ToString(CultureInfo.InvariantCulture),
            Number(seconds[0]),
            Number(seconds[1]),
            Number(seconds[1] / seconds[0]),
            Number(seconds[2]),
            Number(seconds[2] / seconds[0]));
    }

    private static void Enumerate(MLContext ml, ITransformer model, int together, int times, string digit, string sum) =>
        Task.WaitAll([.. Enumerable.Range(0, together).Select(task => Task.Run(() =>
        {
            for (int i = 0; i < times; i++)
                EnumerateOnce(ml, model, (task + i) % Kinds, digit, sum);
        }))]);

    private static void EnumerateOnce(MLContext ml, ITransformer model, int kind, string digit, string sum)
    {
        IDataView scored = model.Transform(ml.Data.LoadFromEnumerable(Rows(throws: kind == 1)));
        try
        {
            Pipelines.Drain(scored, digit, sum, kind == 0 ? RowsBeforeABreak : int.MaxValue);
        }
        catch (Exception exception) when (exception.GetBaseException() is InvalidDataException)
        {
            // The source's, which the enumeration has to pass on; stock wraps it.
        }
    }

    private static IEnumerable<PixelRow> Rows(bool throws)
    {
        for (int i = 0; i < RowCount; i++)
        {
            if (throws && i == RowsBeforeAnException)
                throw new InvalidDataException("The source throws.");
            var row = new PixelRow { Number = i % ModelContract.DigitClasses };
            new Random(i).NextBytes(row.Image);
            yield return row;
        }
    }

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private sealed class PixelRow
    {
        [ColumnName(ModelContract.Image), VectorType(1, MnistGeometry.Side, MnistGeometry.Side)]
        public byte[] Image { get; set; } = new byte[MnistGeometry.PixelCount];

        [ColumnName(ModelContract.Number)]
        public long Number { get; set; }
    }
}
