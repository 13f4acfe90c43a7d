using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.OnnxBatching.Rows;
using MnistAdder.Serving.DigitSums;
using MnistAdder.Tests.Support.Models;

namespace MnistAdder.Serving.Tests.DigitSums;

public sealed class DigitSumModelTests(DigitSumFixture fixture) : IClassFixture<DigitSumFixture>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_of_a_trained_network_are_proven_to_stand_for_themselves()
    {
        string pretrained = Path.Combine(Repository.Root, "artifacts", "pretrained", "model.onnx");
        foreach (string model in (string[])[pretrained, fixture.Model])
        {
            using DigitSumTransformer transformer = fixture.MLContext.Transforms.ApplyDigitSumModel(model).Fit(new EmptyView(StockDigitSumPipeline.DefaultSchema(new DigitSumOptions())));
            Assert.True(transformer.Session.Rows.IsProven, transformer.Session.Rows.Alone);
        }
    }

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
    public void A_zip_holds_the_model_file_as_it_is_not_as_it_is_run()
    {
        string model = Path.Combine(Repository.Root, "artifacts", "pretrained", "model.onnx");
        IDataView view = fixture.View([fixture.Row(0)]);
        using DigitSumTransformer transformer = fixture.MLContext.Transforms.ApplyDigitSumModel(model).Fit(view);
        fixture.MLContext.Model.Save(transformer, view.Schema, _folder["model.zip"]);

        using ZipArchive zip = ZipFile.OpenRead(_folder["model.zip"]);
        using var saved = new MemoryStream();
        using (Stream entry = zip.Entries.Single(entry => entry.Name == "OnnxModel").Open())
            entry.CopyTo(saved);
        Assert.Equal(File.ReadAllBytes(model), saved.ToArray()[sizeof(int)..]);
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
    [InlineData("null")]
    [InlineData("{\"version\":1,\"transforms\":null}")]
    [InlineData("{\"version\":1,\"transforms\":[null]}")]
    [InlineData("{\"version\":1,\"transforms\":[{\"folder\":null,\"preparation\":\"raw\",\"imageColumn\":\"a\",\"numberColumn\":\"b\",\"imageFolder\":null,\"columns\":{}}]}")]
    [InlineData("{\"version\":1,\"transforms\":[{\"folder\":\"c\",\"preparation\":77,\"imageColumn\":\"a\",\"numberColumn\":\"b\",\"imageFolder\":null,\"columns\":{}}]}")]
    [InlineData("{\"version\":1,\"transforms\":[{\"folder\":\"c\",\"preparation\":\"raw\",\"imageColumn\":\"a\",\"numberColumn\":\"b\",\"imageFolder\":null,\"columns\":null}]}")]
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

    [Fact]
    public void An_entry_whose_name_leads_elsewhere_writes_no_file_there()
    {
        string name = $"escaped-{Guid.NewGuid():N}";
        DigitSumModel.SaveZip(fixture.Model, _folder["model.zip"]);
        using (ZipArchive zip = ZipFile.Open(_folder["model.zip"], ZipArchiveMode.Update))
        {
            foreach (string path in (string[])[$"../{name}", $"TransformerChain/../../{name}", Path.Combine(Path.GetTempPath(), name), $"..\\{name}"])
            {
                using Stream stream = zip.CreateEntry(path).Open();
                stream.Write("content"u8);
            }
        }

        using (DigitSumModel.Load(fixture.MLContext, _folder["model.zip"]) as IDisposable)
        {
            string[] places = [_folder.Path, Path.GetTempPath(), Environment.CurrentDirectory, Path.Combine(Environment.CurrentDirectory, "..")];
            Assert.All(places, place => Assert.Empty(Directory.GetFileSystemEntries(place, $"*{name}")));
        }
    }

    [Fact]
    public void A_transform_that_is_described_twice_is_refused()
    {
        DigitSumModel.SaveZip(fixture.Model, _folder["model.zip"]);
        ReplaceEntry("MnistAdder/preparation.json", text => text.Replace("[", "[" + text[(text.IndexOf('[', StringComparison.Ordinal) + 1)..text.LastIndexOf(']')] + ",", StringComparison.Ordinal));

        var exception = Assert.Throws<InvalidDataException>(() => DigitSumModel.Load(fixture.MLContext, _folder["model.zip"]));

        Assert.Contains("doesn't describe each transform once", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_of_endless_text_is_refused_without_being_read_to_its_end()
    {
        DigitSumModel.SaveZip(fixture.Model, _folder["model.zip"]);
        ReplaceEntry("MnistAdder/preparation.json", text => text + new string(' ', 1 << 20));

        var exception = Assert.Throws<InvalidDataException>(() => DigitSumModel.Load(fixture.MLContext, _folder["model.zip"]));

        Assert.Contains("has more than 1048576 characters", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_with_a_changed_byte_anywhere_in_an_entry_is_refused()
    {
        DigitSumModel.SaveZip(fixture.Model, _folder["model.zip"]);
        byte[] whole = File.ReadAllBytes(_folder["model.zip"]);
        (string Name, int Begin, int Length)[] entries = [.. EntriesOf(whole)];
        Assert.Contains(entries, entry => entry.Name.EndsWith("OnnxModel", StringComparison.Ordinal));
        foreach ((string name, int begin, int length) in entries)
        {
            byte[] damaged = (byte[])whole.Clone();
            damaged[begin + (length / 2)] ^= 1;
            string path = _folder.Write("damaged.zip", damaged);

            var exception = Assert.Throws<InvalidDataException>(() => DigitSumModel.Load(fixture.MLContext, path));

            Assert.StartsWith($"'{path}' is not a saved ML.NET model: ", exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', exception.Message);
        }
    }

    [Fact]
    public void An_ONNX_entry_that_claims_more_than_it_has_is_refused_before_room_is_made_for_it()
    {
        DigitSumModel.SaveZip(fixture.Model, _folder["model.zip"]);
        string name = OnnxEntry();
        ReplaceBytes(name, bytes => [0xFF, 0xFF, 0xFF, 0x7F, .. bytes[4..]]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        var exception = Assert.Throws<InvalidDataException>(() => DigitSumModel.Load(fixture.MLContext, _folder["model.zip"]));

        Assert.Contains($"its entry '{name}' isn't as long as it claims", exception.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    // In the central directory's record: compressed size and size (APPNOTE, 4.3.12).
    [Fact]
    public void An_entry_that_claims_more_than_the_file_has_is_refused_before_room_is_made_for_it()
    {
        DigitSumModel.SaveZip(fixture.Model, _folder["model.zip"]);
        byte[] bytes = File.ReadAllBytes(_folder["model.zip"]);
        int record = bytes.AsSpan().IndexOf("PK\x01\x02"u8);
        new byte[] { 0, 0, 0, 0x18, 0, 0, 0, 0x18 }.CopyTo(bytes, record + 20);
        File.WriteAllBytes(_folder["model.zip"], bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();

        var exception = Assert.Throws<InvalidDataException>(() => DigitSumModel.Load(fixture.MLContext, _folder["model.zip"]));

        Assert.EndsWith("isn't as long as it claims.", exception.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    // What the stock loader's constructors throw when they are given another step's file.
    [Fact]
    public void A_model_whose_steps_are_in_each_other_s_place_is_refused_by_its_name()
    {
        DigitSumModel.SaveZip(fixture.Model, _folder["model.zip"]);
        byte[] other = [];
        ReplaceBytes("TransformerChain/Transform_001/Model.key", bytes => other = bytes);
        ReplaceBytes("TransformerChain/Transform_000/Model.key", _ => other[..^8]);

        var exception = Assert.Throws<InvalidDataException>(() => DigitSumModel.Load(fixture.MLContext, _folder["model.zip"]));

        Assert.StartsWith($"'{_folder["model.zip"]}' is not a saved ML.NET model: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_keeps_weights_in_other_files_is_refused_before_anything_is_loaded()
    {
        DigitSumModel.SaveZip(fixture.Model, _folder["model.zip"]);
        // By the field numbers of onnx.proto: in the graph an initializer, of which the location is another file.
        byte[] evil = [.. File.ReadAllBytes(fixture.Model), (7 << 3) | 2, 4, (5 << 3) | 2, 2, 14 << 3, 1];
        ReplaceBytes(OnnxEntry(), _ => [.. BitConverter.GetBytes(evil.Length), .. evil]);

        var error = Assert.Throws<InvalidDataException>(() => DigitSumModel.Load(fixture.MLContext, _folder["model.zip"]));
        Assert.Contains("keeps weights in other files", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_is_saved_in_a_context_whose_GPU_is_not_to_be_had()
    {
        var mlContext = new MLContext { GpuDeviceId = 0, FallbackToCpu = true };
        DataViewSchema schema = StockDigitSumPipeline.DefaultSchema(new DigitSumOptions());
        using (DigitSumTransformer model = mlContext.Transforms.ApplyDigitSumModel(fixture.Model).Fit(new EmptyView(schema)))
            DigitSumModel.Save(mlContext, model, schema, _folder["model.zip"]);

        Assert.Equal(0, mlContext.GpuDeviceId);
        Assert.NotNull(new MLContext().Model.Load(_folder["model.zip"], out _));
    }

    private string OnnxEntry()
    {
        using ZipArchive zip = ZipFile.OpenRead(_folder["model.zip"]);
        return zip.Entries.First(entry => entry.FullName.EndsWith("OnnxModel", StringComparison.Ordinal)).FullName;
    }

    private void ReplaceEntry(string name, Func<string, string> change) =>
        ReplaceBytes(name, bytes => System.Text.Encoding.UTF8.GetBytes(change(System.Text.Encoding.UTF8.GetString(bytes))));

    private void ReplaceBytes(string name, Func<byte[], byte[]> change)
    {
        using ZipArchive zip = ZipFile.Open(_folder["model.zip"], ZipArchiveMode.Update);
        ZipArchiveEntry old = zip.Entries.First(entry => entry.FullName.Replace('\\', '/') == name.Replace('\\', '/'));
        var content = new MemoryStream();
        using (Stream stream = old.Open())
            stream.CopyTo(content);
        string fullName = old.FullName;
        old.Delete();
        using Stream changed = zip.CreateEntry(fullName).Open();
        changed.Write(change(content.ToArray()));
    }

    // Where each entry's compressed bytes are: local headers of 30 bytes, a name and an extra field come before them (APPNOTE, 4.3.7).
    private static IEnumerable<(string Name, int Begin, int Length)> EntriesOf(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        int at = 0;
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            at += zip.AsSpan(at).IndexOf("PK\x03\x04"u8);
            int begin = at + 30 + BitConverter.ToUInt16(zip, at + 26) + BitConverter.ToUInt16(zip, at + 28);
            yield return (entry.FullName, begin, (int)entry.CompressedLength);
            at = begin + (int)entry.CompressedLength;
        }
    }

    private List<DigitSumRow> Score(ITransformer model, IEnumerable<ImageRow> rows) =>
        [.. fixture.MLContext.Data.CreateEnumerable<DigitSumRow>(model.Transform(fixture.View(rows)), reuseRowObject: false)];
}
