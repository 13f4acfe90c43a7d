using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.Serving.Images;
using MnistAdder.Serving.Tests.Models;

namespace MnistAdder.Serving.Tests.DigitSums;

public sealed class DigitSumModelTests(DigitSumFixture fixture) : IClassFixture<DigitSumFixture>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_zip_made_of_an_onnx_file_is_a_stock_pipeline_with_the_same_answers()
    {
        ImageRow[] rows = [.. Enumerable.Range(0, 60).Select(fixture.Row)];
        DigitSumModel.SaveZip(fixture.Model, _folder["model.zip"]);

        var stock = (TransformerChain<ITransformer>)new MLContext().Model.Load(_folder["model.zip"], out DataViewSchema schema);
        IDataView scored = stock.Transform(fixture.View(rows));

        Assert.Equal(["path", "number"], schema.Select(column => column.Name));
        Assert.Equal(
            ["ImageLoadingTransformer", "ImageResizingTransformer", "ImageGrayscalingTransformer", "ImagePixelExtractingTransformer", "OnnxTransformer"],
            stock.Select(step => step.GetType().Name));
        DigitSumAssert.Same(fixture.Score(rows), [.. Table.Read(scored, "digit", "digit_probabilities", "sum", "sum_probabilities").Select(DigitSumRow.FromStock)]);
        stock.Dispose();
    }

    [Fact]
    public void A_zip_made_of_an_onnx_file_brings_the_transform_back()
    {
        ImageRow[] rows = [.. Enumerable.Range(0, 60).Select(fixture.Row)];
        rows[9].Path = "missing.png";
        DigitSumModel.SaveZip(fixture.Model, _folder["model.zip"], ImagePreparation.Raw);

        using var loaded = Assert.IsType<DigitSumTransformer>(DigitSumModel.Load(fixture.MLContext, _folder["model.zip"]));

        Assert.Equal(ImagePreparation.Raw, loaded.Options.Preparation);
        List<DigitSumRow> scored = Score(loaded, rows);
        DigitSumAssert.Failed(scored[9], "");
        DigitSumAssert.Same(fixture.Score(rows[..9]), scored[..9]);
    }

    [Fact]
    public void A_pipeline_of_the_users_own_is_saved_and_loaded_with_its_columns_and_neighbours()
    {
        ImageRow[] rows = [.. Enumerable.Range(0, 60).Select(fixture.Row)];
        IDataView view = fixture.View(rows);
        var options = new DigitSumOptions
        {
            ModelFile = fixture.Model,
            ImageColumn = "Picture",
            NumberColumn = "NumberInt",
            Columns = new DigitSumColumns { Error = "Reason" },
        };
        var pipeline = fixture.MLContext.Transforms.CopyColumns("copy", "path")
            .Append(fixture.MLContext.Transforms.ApplyDigitSumModel(options))
            .Append(fixture.MLContext.Transforms.CopyColumns("Error", "Reason"));
        using (var model = pipeline.Fit(view))
            DigitSumModel.Save(fixture.MLContext, model, view.Schema, _folder["model.zip"]);

        var stock = (TransformerChain<ITransformer>)fixture.MLContext.Model.Load(_folder["model.zip"], out _);
        using var loaded = (TransformerChain<ITransformer>)DigitSumModel.Load(fixture.MLContext, _folder["model.zip"]);

        Assert.IsType<OnnxTransformer>(((IEnumerable<ITransformer>)stock.ElementAt(1)).Last());
        Assert.Equal(options with { ModelFile = null }, ((DigitSumTransformer)loaded.ElementAt(1)).Options);
        DigitSumAssert.Same(fixture.Score(rows), Score(loaded, rows));
        stock.Dispose();

        DigitSumModel.Save(fixture.MLContext, loaded, view.Schema, _folder["again.zip"]);
        using var again = (TransformerChain<ITransformer>)DigitSumModel.Load(fixture.MLContext, _folder["again.zip"]);
        DigitSumAssert.Same(fixture.Score(rows), Score(again, rows));
    }

    [Fact]
    public void Raw_grey_levels_and_integers_of_any_type_are_saved_as_stock_can_read_them()
    {
        ImageRow[] rows = [.. Enumerable.Range(0, 40).Select(fixture.Row)];
        IDataView view = fixture.View(rows);
        var options = new DigitSumOptions { ModelFile = fixture.Model, ImageColumn = "Pixels", NumberColumn = "NumberByte" };
        using (var model = fixture.MLContext.Transforms.ApplyDigitSumModel(options).Fit(view))
            DigitSumModel.Save(fixture.MLContext, model, view.Schema, _folder["model.zip"]);

        var stock = (TransformerChain<ITransformer>)fixture.MLContext.Model.Load(_folder["model.zip"], out _);

        IDataView scored = stock.Transform(view);
        DigitSumAssert.Same(fixture.Score(rows), [.. Table.Read(scored, "digit", "digit_probabilities", "sum", "sum_probabilities").Select(DigitSumRow.FromStock)]);
        stock.Dispose();
    }

    [Fact]
    public void Encoded_files_cannot_be_saved_as_a_stock_pipeline_and_leave_no_file()
    {
        IDataView view = fixture.View([fixture.Row(1)]);
        using var model = fixture.MLContext.Transforms.ApplyDigitSumModel(fixture.Model, "Encoded").Fit(view);

        var exception = Assert.Throws<NotSupportedException>(() =>
            DigitSumModel.Save(fixture.MLContext, model, view.Schema, _folder["model.zip"]));

        Assert.Contains("'Encoded'", exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["model.zip"]));
    }

    [Fact]
    public void The_entry_beside_the_stock_pipeline_is_readable_text()
    {
        DigitSumModel.SaveZip(fixture.Model, _folder["model.zip"]);
        using ZipArchive zip = ZipFile.OpenRead(_folder["model.zip"]);
        using var reader = new StreamReader(zip.GetEntry("MnistAdder/preparation.json")!.Open());

        string text = reader.ReadToEnd();

        Assert.Contains("\"preparation\": \"auto\"", text, StringComparison.Ordinal);
        Assert.Contains("\"imageColumn\": \"path\"", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"version\":2,\"transforms\":[]}")]
    public void An_entry_that_cannot_be_read_is_named(string entry)
    {
        DigitSumModel.SaveZip(fixture.Model, _folder["model.zip"]);
        using (ZipArchive zip = ZipFile.Open(_folder["model.zip"], ZipArchiveMode.Update))
        {
            zip.GetEntry("MnistAdder/preparation.json")!.Delete();
            using var writer = new StreamWriter(zip.CreateEntry("MnistAdder/preparation.json").Open());
            writer.Write(entry);
        }

        var exception = Assert.Throws<InvalidDataException>(() => DigitSumModel.Load(fixture.MLContext, _folder["model.zip"]));

        Assert.Contains("MnistAdder/preparation.json", exception.Message, StringComparison.Ordinal);
    }

    private List<DigitSumRow> Score(ITransformer model, IEnumerable<ImageRow> rows) =>
        [.. fixture.MLContext.Data.CreateEnumerable<DigitSumRow>(model.Transform(fixture.View(rows)), reuseRowObject: false)];
}
