using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.Serving;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary>The two pipelines that are compared, over the columns <c>path</c> and <c>number</c>.</summary>
internal static class Pipelines
{
    /// <summary>
    /// What a user of stock ML.NET writes. One thread makes it fastest, since its cursors use all cores by themselves;
    /// <see langword="null"/> is its default.
    /// </summary>
    public static TransformerChain<ITransformer> Stock(MLContext ml, string model, IDataView rows, int? threads) =>
        new EstimatorChain<ITransformer>()
            .Append<ITransformer>(ml.Transforms.LoadImages("picture", imageFolder: null, "path"))
            .Append<ITransformer>(ml.Transforms.ResizeImages("picture", MnistGeometry.Side, MnistGeometry.Side))
            .Append<ITransformer>(ml.Transforms.ConvertToGrayscale("picture"))
            .Append<ITransformer>(ml.Transforms.ExtractPixels(ModelContract.Image, "picture", ImagePixelExtractingEstimator.ColorBits.Red, outputAsFloatArray: false))
            .Append<ITransformer>(ml.Transforms.ApplyOnnxModel(new OnnxOptions
            {
                ModelFile = model,
                InputColumns = [ModelContract.Image, ModelContract.Number],
                OutputColumns = [ModelContract.Digit, ModelContract.Sum],
                IntraOpNumThreads = threads,
            }))
            .Fit(rows);

    public static DigitSumTransformer Own(MLContext ml, string model, IDataView rows) => ml.Transforms.ApplyDigitSumModel(model).Fit(rows);

    /// <summary>Asks for every digit and every sum, as far as <paramref name="most"/> rows.</summary>
    public static long Drain(IDataView scored, string digit, string sum, int most = int.MaxValue)
    {
        DataViewSchema.Column[] columns = [scored.Schema[digit], scored.Schema[sum]];
        using DataViewRowCursor cursor = scored.GetRowCursor(columns);
        Func<long> digitOf = Reader(cursor, columns[0]), sumOf = Reader(cursor, columns[1]);
        long total = 0;
        for (int row = 0; row < most && cursor.MoveNext(); row++)
            total += digitOf() + sumOf();
        return total;
    }

    // Stock gives vectors of one, the digit-sum transform plain numbers.
    private static Func<long> Reader(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is VectorDataViewType)
        {
            ValueGetter<VBuffer<long>> vector = row.GetGetter<VBuffer<long>>(column);
            VBuffer<long> values = default;
            return () =>
            {
                vector(ref values);
                return values.GetItemOrDefault(0);
            };
        }

        ValueGetter<long> scalar = row.GetGetter<long>(column);
        long value = 0;
        return () =>
        {
            scalar(ref value);
            return value;
        };
    }
}
