using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MnistAdder.Serving.Tests.Images.Png;
using MnistAdder.Tests.Support.Models;

namespace MnistAdder.Serving.Tests.DigitSums;

/// <summary>The released model on all of MNIST's test images, by stock ML.NET from <c>model.zip</c> and by this project.</summary>
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

    private static EncodedRow[] TestImages()
    {
        string path = Directory.GetFiles(RealMnist.FolderOrSkip(), "t10k-images*").Order(StringComparer.Ordinal).First();
        return [.. IdxFile.ReadImages(path).Chunk(Side * Side).Select((pixels, index) => new EncodedRow
        {
            Image = PngBytes.File(Side, Side, bitDepth: 8, colourType: 0, PngBytes.Filter(pixels, Side, _ => 0)),
            Number = index % ModelContract.DigitClasses,
        })];
    }

    private sealed class EncodedRow
    {
        public byte[] Image { get; set; } = [];

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
