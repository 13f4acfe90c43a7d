using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.Benchmarks.Http;

/// <summary>Stock ML.NET as a service has it that knows of nothing else: one <c>PredictionEngine</c>, which serves one thread at a time, behind a lock.</summary>
internal static class StockRow
{
    /// <summary>Loads a model.</summary>
    /// <param name="name"><see cref="HttpModel.Ours"/> or <see cref="HttpModel.Wide"/>.</param>
    /// <param name="file">The ONNX file.</param>
    /// <returns>What gives all outputs for the bytes of all inputs' rows, on any thread.</returns>
    public static Func<ReadOnlyMemory<byte>, BinaryTensor[]> Load(string name, string file) => name == HttpModel.Ours ? LoadOurs(file) : LoadWide(file);

    private static Func<ReadOnlyMemory<byte>, BinaryTensor[]> LoadOurs(string file)
    {
        Func<Picture, PictureAnswer> predict = Predictor<Picture, PictureAnswer>(
            file, [ModelContract.Image, ModelContract.Number], [ModelContract.Digit, ModelContract.DigitProbabilities, ModelContract.Sum, ModelContract.SumProbabilities]);
        return inputs =>
        {
            PictureAnswer answer = predict(new Picture
            {
                Image = inputs[..MnistGeometry.PixelCount].ToArray(),
                Number = BinaryPrimitives.ReadInt64LittleEndian(inputs.Span[MnistGeometry.PixelCount..]),
            });
            return
            [
                BinaryTensor.Of(ModelContract.Digit, answer.Digit, 1),
                BinaryTensor.Of(ModelContract.DigitProbabilities, answer.DigitProbabilities, 1, ModelContract.DigitClasses),
                BinaryTensor.Of(ModelContract.Sum, answer.Sum, 1),
                BinaryTensor.Of(ModelContract.SumProbabilities, answer.SumProbabilities, 1, ModelContract.SumClasses),
            ];
        };
    }

    private static Func<ReadOnlyMemory<byte>, BinaryTensor[]> LoadWide(string file)
    {
        Func<WideRow, WideAnswer> predict = Predictor<WideRow, WideAnswer>(file, ["x"], ["y"]);
        return inputs => [BinaryTensor.Of("y", predict(new WideRow { X = MemoryMarshal.Cast<byte, float>(inputs.Span).ToArray() }).Y, 1, HttpModel.Width)];
    }

    private static Func<TRow, TAnswer> Predictor<TRow, TAnswer>(string file, string[] inputs, string[] outputs)
        where TRow : class, new()
        where TAnswer : class, new()
    {
        var ml = new MLContext();
        ITransformer model = ml.Transforms.ApplyOnnxModel(outputs, inputs, file).Fit(ml.Data.LoadFromEnumerable(Array.Empty<TRow>()));
        PredictionEngine<TRow, TAnswer> engine = ml.Model.CreatePredictionEngine<TRow, TAnswer>(model);
        var gate = new Lock();
        return row =>
        {
            lock (gate)
                return engine.Predict(row);
        };
    }

    private sealed class Picture
    {
        [ColumnName(ModelContract.Image), VectorType(1, MnistGeometry.Side, MnistGeometry.Side)]
        public byte[] Image { get; set; } = [];

        [ColumnName(ModelContract.Number)]
        public long Number { get; set; }
    }

    private sealed class PictureAnswer
    {
        [ColumnName(ModelContract.Digit)]
        public long[] Digit { get; set; } = [];

        [ColumnName(ModelContract.DigitProbabilities)]
        public float[] DigitProbabilities { get; set; } = [];

        [ColumnName(ModelContract.Sum)]
        public long[] Sum { get; set; } = [];

        [ColumnName(ModelContract.SumProbabilities)]
        public float[] SumProbabilities { get; set; } = [];
    }

    private sealed class WideRow
    {
        [ColumnName("x"), VectorType(HttpModel.Width)]
        public float[] X { get; set; } = [];
    }

    private sealed class WideAnswer
    {
        [ColumnName("y")]
        public float[] Y { get; set; } = [];
    }
}
