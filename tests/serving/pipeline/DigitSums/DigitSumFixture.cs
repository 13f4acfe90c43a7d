using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Tests.Support.Models;

namespace MnistAdder.Serving.Tests.DigitSums;

/// <summary>A model file, picture files and rows about them.</summary>
public sealed class DigitSumFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DigitSumFixture()
    {
        Model = _folder.Write("model.onnx", TestModels.DigitSum());
        for (int i = 0; i < 100; i++)
            _folder.Write($"{i}.png", Pictures.Png(i));
    }

    internal MLContext MLContext { get; } = new();

    internal string Model { get; }

    internal string File(string name) => _folder[name];

    internal string Write(string name, byte[] bytes) => _folder.Write(name, bytes);

    /// <summary>A row whose picture is one of the hundred.</summary>
    internal ImageRow Row(int index) => new()
    {
        Path = File($"{index % 100}.png"),
        Number = index % 10,
        Encoded = Pictures.Png(index % 100),
        Pixels = Pictures.Pixels(index % 100),
        Picture = MLImage.CreateFromFile(File($"{index % 100}.png")),
        NumberText = $" {index % 10} ",
        NumberByte = (byte)(index % 10),
        NumberInt = index % 10,
        NumberUnsigned = (ulong)(index % 10),
        NumberSingle = index % 10,
    };

    internal IDataView View(IEnumerable<ImageRow> rows) => MLContext.Data.LoadFromEnumerable(rows);

    /// <summary>Scores rows by their paths, or as the options say.</summary>
    internal List<DigitSumRow> Score(IReadOnlyList<ImageRow> rows, Func<DigitSumOptions, DigitSumOptions>? change = null)
    {
        var options = new DigitSumOptions { ModelFile = Model };
        IDataView view = View(rows);
        using DigitSumTransformer transformer = MLContext.Transforms.ApplyDigitSumModel(change?.Invoke(options) ?? options).Fit(view);
        return [.. MLContext.Data.CreateEnumerable<DigitSumRow>(transformer.Transform(view), reuseRowObject: false)];
    }

    /// <summary>What ONNX Runtime alone says of a picture and a number, one row at a time.</summary>
    internal List<DigitSumRow> Reference(IEnumerable<(byte[] Pixels, long Number)> rows)
    {
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(Model);
        return [.. rows.Select(row => Reference(session, row.Pixels, row.Number))];
    }

    public void Dispose() => _folder.Dispose();

    private static DigitSumRow Reference(Microsoft.ML.OnnxRuntime.InferenceSession session, byte[] pixels, long number)
    {
        using var options = new Microsoft.ML.OnnxRuntime.RunOptions();
        using var image = Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(pixels, [1, 1, 28, 28]);
        using var addend = Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(new[] { number }, [1, 1]);
        using var outputs = session.Run(
            options,
            [ModelContract.Image, ModelContract.Number],
            [image, addend],
            [ModelContract.Digit, ModelContract.DigitProbabilities, ModelContract.Sum, ModelContract.SumProbabilities]);
        return new DigitSumRow
        {
            Digit = outputs[0].GetTensorDataAsSpan<long>()[0],
            DigitProbabilities = outputs[1].GetTensorDataAsSpan<float>().ToArray(),
            Sum = outputs[2].GetTensorDataAsSpan<long>()[0],
            SumProbabilities = outputs[3].GetTensorDataAsSpan<float>().ToArray(),
        };
    }
}

/// <summary>Comparison up to the rounding that batches of different sizes bring.</summary>
internal static class DigitSumAssert
{
    private const float Tolerance = 1e-5f;

    public static void Same(IReadOnlyList<DigitSumRow> expected, IReadOnlyList<DigitSumRow> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int row = 0; row < expected.Count; row++)
            Same(expected[row], actual[row]);
    }

    public static void Same(DigitSumRow expected, DigitSumRow actual)
    {
        Assert.Equal((expected.Digit, expected.Sum, expected.Error), (actual.Digit, actual.Sum, actual.Error));
        Near(expected.DigitProbabilities, actual.DigitProbabilities);
        Near(expected.SumProbabilities, actual.SumProbabilities);
    }

    public static void Failed(DigitSumRow row, string reason)
    {
        Assert.Equal((-1L, -1L), (row.Digit, row.Sum));
        Assert.Contains(reason, row.Error, StringComparison.Ordinal);
        Assert.Equal("", row.Warning);
        Assert.Equal(ModelContract.DigitClasses, row.DigitProbabilities.Count(float.IsNaN));
        Assert.Equal(ModelContract.SumClasses, row.SumProbabilities.Count(float.IsNaN));
    }

    private static void Near(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
    }
}
