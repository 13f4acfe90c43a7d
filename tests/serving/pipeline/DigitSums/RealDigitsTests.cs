using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Image;
using MnistAdder.Serving.Tests.Images.Png;
using MnistAdder.Tests.Support.Models;

namespace MnistAdder.Serving.Tests.DigitSums;

/// <summary>The released models on all of MNIST's test images.</summary>
public class RealDigitsTests
{
    private const int Side = MnistGeometry.Side;
    private static readonly string s_release = Path.Combine(Repository.Root, "artifacts", "pretrained");

    [Fact]
    public void Every_test_image_has_stocks_digit_and_sum_and_within_a_hundred_thousandth_its_probabilities()
    {
        var ml = new MLContext();
        EncodedRow[] rows = TestImages();
        Assert.Equal(10_000, rows.Length);

        // Without its first step, the loading of files, of which ten thousand are many for a test: the other steps take the pictures
        // that it would have loaded.
        var stock = (IEnumerable<ITransformer>)ml.Model.Load(Path.Combine(s_release, "model.zip"), out _);
        IDataView byStock = stock.Skip(1).Aggregate(ml.Data.LoadFromEnumerable(rows.Select(LoadedRow.From)), (view, step) => step.Transform(view));
        List<object?[]> expected = Table.Read(byStock, "digit", "digit_probabilities", "sum", "sum_probabilities");
        ((IDisposable)stock).Dispose();

        IDataView view = ml.Data.LoadFromEnumerable(rows);
        using DigitSumTransformer own = ml.Transforms
            .ApplyDigitSumModel(Path.Combine(s_release, "model.onnx"), nameof(EncodedRow.Image), nameof(EncodedRow.Number)).Fit(view);
        IEnumerable<DigitSumRow> actual = ml.Data.CreateEnumerable<DigitSumRow>(own.Transform(view), reuseRowObject: false);

        DigitSumAssert.Same([.. expected.Select(DigitSumRow.FromStock)], [.. actual]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("fast")]
    public void A_released_model_reads_as_many_test_images_right_as_its_metrics_say(string folder)
    {
        var ml = new MLContext();
        IDataView view = ml.Data.LoadFromEnumerable(TestImages());
        using DigitSumTransformer model = ml.Transforms
            .ApplyDigitSumModel(Path.Combine(s_release, folder, "model.onnx"), nameof(EncodedRow.Image), nameof(EncodedRow.Number)).Fit(view);
        int right = ml.Data.CreateEnumerable<DigitSumRow>(model.Transform(view), reuseRowObject: false)
            .Zip(IdxFile.ReadLabels(TestFile("labels")), (row, label) => row.Digit == label).Count(isRight => isRight);
        using JsonDocument metrics = JsonDocument.Parse(File.ReadAllText(Path.Combine(s_release, folder, "metrics.json")));
        Assert.Equal(metrics.RootElement.GetProperty("digit_accuracy").GetDouble(), right / 10_000.0, 6);
    }

    // A few images more or less: other processors add up products of bytes in other ways.
    [Fact]
    public void The_released_model_in_integers_reads_as_many_right_as_it_says_in_stock_ml_net_too()
    {
        const int fewImages = 5;
        string file = Path.Combine(s_release, "fast", "model.int8.onnx");
        byte[] labels = IdxFile.ReadLabels(TestFile("labels"));
        using var session = new InferenceSession(file);
        Assert.Contains("int8", session.ModelMetadata.CustomMetadataMap[ModelMetadata.QuantizationKey], StringComparison.Ordinal);
        Assert.True(ModelMetadata.TryParse(session.ModelMetadata.CustomMetadataMap, out ModelMetadata? metadata));
        double expected = metadata.DigitAccuracy * labels.Length;

        var ml = new MLContext();
        EncodedRow[] rows = TestImages();
        using DigitSumTransformer own = ml.Transforms.ApplyDigitSumModel(file, nameof(EncodedRow.Image), nameof(EncodedRow.Number)).Fit(ml.Data.LoadFromEnumerable(rows));
        long[] ownDigits = [.. ml.Data.CreateEnumerable<DigitSumRow>(own.Transform(ml.Data.LoadFromEnumerable(rows)), reuseRowObject: false).Select(row => row.Digit)];
        Assert.InRange(Right(ownDigits), expected - fewImages, expected + fewImages);

        IDataView pixels = ml.Data.LoadFromEnumerable(IdxFile.ReadImages(TestFile("images")).Chunk(Side * Side).Select((image, index) => new PixelRow { Image = image, Number = index % ModelContract.DigitClasses }));
        using var stock = ml.Transforms.ApplyOnnxModel([ModelContract.Digit], [ModelContract.Image, ModelContract.Number], file).Fit(pixels);
        long[] stockDigits = [.. Table.Read(stock.Transform(pixels), "digit").Select(row => (long)((object[])row[0]!)[0])];
        Assert.InRange(Right(stockDigits), expected - fewImages, expected + fewImages);
        Assert.InRange(ownDigits.Zip(stockDigits).Count(pair => pair.First != pair.Second), 0, fewImages);

        int Right(long[] digits) => digits.Zip(labels, (digit, label) => digit == label).Count(isRight => isRight);
    }

    private static string TestFile(string kind) => Directory.GetFiles(RealMnist.FolderOrSkip(), $"t10k-{kind}*").Order(StringComparer.Ordinal).First();

    private static EncodedRow[] TestImages() =>
    [
        .. IdxFile.ReadImages(TestFile("images")).Chunk(Side * Side).Select((pixels, index) => new EncodedRow
        {
            Image = PngBytes.File(Side, Side, bitDepth: 8, colourType: 0, PngBytes.Filter(pixels, Side, _ => 0)),
            Number = index % ModelContract.DigitClasses,
        }),
    ];

    private sealed class EncodedRow
    {
        public byte[] Image { get; set; } = [];

        public long Number { get; set; }
    }

    private sealed class PixelRow
    {
        [ColumnName("image")]
        [VectorType(1, Side, Side)]
        public byte[] Image { get; set; } = [];

        [ColumnName("number")]
        public long Number { get; set; }
    }

    /// <summary>A row behind stock's LoadImages.</summary>
    private sealed class LoadedRow
    {
        [ColumnName("picture")]
        [ImageType(Side, Side)]
        public MLImage? Picture { get; set; }

        [ColumnName("number")]
        public long Number { get; set; }

        public static LoadedRow From(EncodedRow row) => new() { Picture = MLImage.CreateFromStream(new MemoryStream(row.Image)), Number = row.Number };
    }
}
