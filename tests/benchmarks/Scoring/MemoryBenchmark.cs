using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching;
using MnistAdder.Tests.Support.Models;
using Spectre.Console;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;
using Table = Spectre.Console.Table;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary><c>memory</c>: peak memory of processes that load large models and read a first block of rows, against stock ML.NET.</summary>
internal static class MemoryBenchmark
{
    private const string Name = "memory-of";
    private const int RowCount = 32;
    private const int Side = 1024;

    public static System.CommandLine.Command Create()
    {
        var megabytes = new Option<int[]>("--megabytes")
        {
            Description = "Sizes of the models.", HelpName = "N", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [4, 32, 64, 256],
        };
        Option<int> rounds = SharedOptions.Count("--rounds", "Processes of each, in turns; the median counts.", 3);
        var command = new System.CommandLine.Command("memory", "Peak memory with large models, against stock ML.NET: a process each.") { megabytes, rounds };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(megabytes), parsed.GetValue(rounds)));
        return command;
    }

    public static System.CommandLine.Command CreateProcess()
    {
        var isStock = new Argument<bool>("stock");
        var model = new Argument<string>("model");
        var command = new System.CommandLine.Command(Name, "What memory starts for each model.") { isStock, model };
        command.Hidden = true;
        command.SetAction(parsed => Console.WriteLine(Peak(parsed.GetValue(isStock), parsed.GetRequiredValue(model))));
        return command;
    }

    private static void Run(int[] megabytes, int rounds)
    {
        Table table = new Table().AddColumns("model (MB)", "stock (MB)", "batched (MB)", "ratio");
        using var folder = new TemporaryFolder();
        foreach (int size in megabytes)
        {
            string model = folder.Write("model.onnx", Layers(size * (1 << 20) / (Side * Side * sizeof(float))));
            var stock = new List<double>();
            var own = new List<double>();
            for (int round = 0; round < rounds; round++)
            {
                stock.Add(PeakOfProcess(isStock: true, model));
                own.Add(PeakOfProcess(isStock: false, model));
            }

            double baseline = Statistics.Median(stock), peak = Statistics.Median(own);
            table.AddRow(Text(size, "0"), Text(baseline, "0"), Text(peak, "0"), Text(peak / baseline, "0.00"));
        }

        AnsiConsole.Write(table);
    }

    private static double PeakOfProcess(bool isStock, string model)
    {
        string program = typeof(MemoryBenchmark).Assembly.Location;
        return double.Parse(Command.Run("dotnet", [program, Name, isStock ? "true" : "false", model]), CultureInfo.InvariantCulture) / 1e6;
    }

    private static long Peak(bool isStock, string model)
    {
        var ml = new MLContext();
        IDataView view = ml.Data.LoadFromEnumerable(Enumerable.Range(0, RowCount).Select(row => new Row { X = [.. Enumerable.Repeat((float)row, Side)] }));
        IEstimator<ITransformer> estimator = isStock ? ml.Transforms.ApplyOnnxModel(model) : ml.Transforms.ApplyOnnxModelBatched(model);
        ITransformer transformer = estimator.Fit(view);
        using var disposal = (IDisposable)transformer;
        long rows = transformer.Transform(view).GetColumn<float[]>("y").LongCount();
        using var process = Process.GetCurrentProcess();
        return rows == RowCount ? process.PeakWorkingSet64 : throw new InvalidOperationException("Rows are missing.");
    }

    // Linear layers of 4 MB each.
    private static byte[] Layers(int count)
    {
        var random = new Random(1);
        TestModel model = new TestModel().Input("x", ElementType.Float, -1, Side).Output("y", ElementType.Float, -1, Side);
        for (int layer = 0; layer < count; layer++)
        {
            float[] weights = [.. Enumerable.Range(0, Side * Side).Select(_ => (random.NextSingle() - 0.5f) / 16)];
            model.Constant($"w{layer}", weights, Side, Side).Node("MatMul", [layer == 0 ? "x" : $"h{layer}", $"w{layer}"], [layer == count - 1 ? "y" : $"h{layer + 1}"]);
        }

        return model.ToBytes();
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed class Row
    {
        [ColumnName("x"), VectorType(Side)]
        public float[] X { get; set; } = [];
    }
}
