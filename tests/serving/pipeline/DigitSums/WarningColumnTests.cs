using System.IO.Compression;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Serving.Tests.DigitSums;

public sealed class WarningColumnTests(DigitSumFixture fixture) : IClassFixture<DigitSumFixture>, IDisposable
{
    private const string PreparationEntry = "MnistAdder/preparation.json";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_warning_stands_beside_the_answer_and_never_beside_an_error()
    {
        using BatchSession session = DigitSumSession.Open(new ModelSource.InFile(fixture.Model), new InferenceOptions { Provider = ExecutionProvider.Cpu });
        using var batch = new DigitSumBatch(session, capacity: 4);
        for (int row = 0; row < batch.Capacity; row++)
            Pictures.Pixels(row).CopyTo(batch.Image(row));
        batch.Accept(0, 1, ImageWarnings.None);
        batch.Accept(1, 1, ImageWarnings.SeveralInks | ImageWarnings.LowContrast);
        batch.Accept(2, 10, ImageWarnings.LittleInk);
        batch.Accept(3, 1, ImageWarnings.LittleInk);
        batch.Fail(3, "why");

        batch.Run(4);

        Assert.Equal([null, "several separate inks side by side; low contrast", null, null], Enumerable.Range(0, 4).Select(batch.Warning));
        Assert.Equal([null, null, "the number is 10, not 0 to 9", "why"], Enumerable.Range(0, 4).Select(batch.Error));
        DigitSumRow expected = fixture.Reference([(Pictures.Pixels(1), 1)]).Single();
        Assert.Equal((expected.Digit, expected.Sum), (batch.Digit(1), batch.Sum(1)));

        batch.Accept(1, 1, ImageWarnings.None);
        Assert.Null(batch.Warning(1));
    }

    [Fact]
    public void The_column_is_text_and_the_last_of_the_schema()
    {
        IDataView view = fixture.View([fixture.Row(1)]);
        using DigitSumTransformer transformer = fixture.MLContext.Transforms.ApplyDigitSumModel(fixture.Model).Fit(view);

        DataViewSchema.Column last = transformer.GetOutputSchema(view.Schema)[^1];

        Assert.Equal(("Warning", TextDataViewType.Instance), (last.Name, last.Type));
    }

    [Fact]
    public void A_model_that_was_saved_without_the_columns_name_is_loaded_with_its_usual_one()
    {
        DigitSumModel.SaveZip(fixture.Model, _folder["model.zip"]);
        using (ZipArchive zip = ZipFile.Open(_folder["model.zip"], ZipArchiveMode.Update))
        {
            JsonNode entry;
            using (Stream saved = zip.GetEntry(PreparationEntry)!.Open())
                entry = JsonNode.Parse(saved)!;
            Assert.True(entry["transforms"]![0]!["columns"]!.AsObject().Remove("warning"));
            zip.GetEntry(PreparationEntry)!.Delete();
            using var writer = new StreamWriter(zip.CreateEntry(PreparationEntry).Open());
            writer.Write(entry.ToJsonString());
        }

        using var loaded = Assert.IsType<DigitSumTransformer>(DigitSumModel.Load(fixture.MLContext, _folder["model.zip"]));

        Assert.Equal(new DigitSumColumns(), loaded.Options.Columns);
        IDataView scored = loaded.Transform(fixture.View([fixture.Row(1)]));
        Assert.Equal([""], scored.GetColumn<string>("Warning"));
    }
}
