using System.Diagnostics;
using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Tests.Support.Models;

namespace MnistAdder.Serving.Tests.DigitSums;

public sealed class DigitSumTransformTests(DigitSumFixture fixture) : IClassFixture<DigitSumFixture>
{
    [Theory]
    [InlineData("path", "number")]
    [InlineData("Encoded", "NumberText")]
    [InlineData("Pixels", "NumberByte")]
    [InlineData("Picture", "NumberInt")]
    [InlineData("path", "NumberUnsigned")]
    public void Every_form_of_image_and_number_gives_what_the_model_gives(string imageColumn, string numberColumn)
    {
        ImageRow[] rows = [.. Enumerable.Range(0, 75).Select(fixture.Row)];

        List<DigitSumRow> scored = fixture.Score(rows, options => options with { ImageColumn = imageColumn, NumberColumn = numberColumn });

        DigitSumAssert.Same(fixture.Reference(rows.Select(row => (row.Pixels, row.Number))), scored);
    }

    [Fact]
    public void A_pool_without_a_free_thread_holds_nothing_up()
    {
        ImageRow[] rows = [.. Enumerable.Range(0, 200).Select(fixture.Row)];
        List<DigitSumRow> expected = fixture.Score(rows);
        using var pool = new BusyPool();
        var time = Stopwatch.StartNew();

        DigitSumAssert.Same(expected, fixture.Score(rows));

        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Rows_keep_their_order_whatever_the_batch_size_and_the_number_of_workers()
    {
        ImageRow[] rows = [.. Enumerable.Range(0, 200).Select(fixture.Row)];
        List<DigitSumRow> expected = fixture.Reference(rows.Select(row => (row.Pixels, row.Number)));

        Gen.Select(Gen.Int[0, 200], Gen.Int[1, 70], Gen.Int[1, 4]).Sample(
            (count, batchSize, workers) => DigitSumAssert.Same(
                expected[..count],
                fixture.Score(rows[..count], options => options with { Inference = new() { BatchSize = batchSize, Workers = workers } })),
            iter: 20,
            threads: 1);
    }

    [Fact]
    public void A_row_that_fails_keeps_its_place_says_why_and_leaves_its_neighbours_alone()
    {
        string text = fixture.Write("text.png", "not a picture"u8.ToArray());
        ImageRow[] rows = [.. Enumerable.Range(0, 100).Select(fixture.Row)];
        rows[3].Path = fixture.File("missing.png");
        rows[4].Path = "";
        rows[40].Path = text;
        rows[41].Path = Path.GetTempPath();
        rows[70].Number = 10;
        rows[99].Number = -1;

        List<DigitSumRow> scored = fixture.Score(rows);

        int[] failed = [3, 4, 40, 41, 70, 99];
        Assert.All(failed, row => Assert.NotEmpty(scored[row].Error));
        DigitSumAssert.Failed(scored[4], "the path is empty");
        DigitSumAssert.Failed(scored[70], "the number is 10, not 0 to 9");
        DigitSumAssert.Failed(scored[99], "the number is -1, not 0 to 9");
        Assert.All(failed, row => DigitSumAssert.Failed(scored[row], scored[row].Error));
        List<DigitSumRow> expected = fixture.Reference(rows.Select(row => (row.Pixels, row.Number % 10)).Select(row => (row.Pixels, Math.Abs(row.Item2))));
        DigitSumAssert.Same(
            [.. expected.Where((_, row) => !failed.Contains(row))],
            [.. scored.Where((_, row) => !failed.Contains(row))]);
    }

    [Theory]
    [InlineData("", "the number is empty")]
    [InlineData("three", "the number is 'three', not an integer 0 to 9")]
    [InlineData("3.0", "the number is '3.0', not an integer 0 to 9")]
    [InlineData("-1", "the number is -1, not 0 to 9")]
    [InlineData("99999999999999999999", "not an integer 0 to 9")]
    public void A_number_that_is_none_is_the_error_of_its_row(string number, string reason)
    {
        ImageRow[] rows = [fixture.Row(1), fixture.Row(2)];
        rows[0].NumberText = number;

        List<DigitSumRow> scored = fixture.Score(rows, options => options with { NumberColumn = "NumberText" });

        DigitSumAssert.Failed(scored[0], reason);
        Assert.Equal("", scored[1].Error);
    }

    [Fact]
    public void A_batch_in_which_every_row_fails_is_no_error_of_the_run()
    {
        ImageRow[] rows = [.. Enumerable.Range(0, 70).Select(_ => new ImageRow { Path = "missing.png" })];

        Assert.All(fixture.Score(rows), row => DigitSumAssert.Failed(row, row.Error));
    }

    [Fact]
    public void Relative_paths_start_from_the_folder_given()
    {
        ImageRow row = fixture.Row(5);
        row.Path = "5.png";

        DigitSumRow scored = fixture.Score([row], options => options with { ImageFolder = Path.GetDirectoryName(fixture.Model) }).Single();

        DigitSumAssert.Same(fixture.Reference([(row.Pixels, row.Number)]).Single(), scored);
    }

    [Fact]
    public void Preparation_is_as_the_options_say()
    {
        ImageRow row = fixture.Row(5);
        row.Encoded = [.. Pictures.Png(5)];

        List<DigitSumRow> Prepared(ImagePreparation preparation) =>
            fixture.Score([row], options => options with { ImageColumn = "Encoded", Preparation = preparation });

        DigitSumAssert.Same(fixture.Reference([(row.Pixels, row.Number)]), Prepared(ImagePreparation.Raw));
        byte[] prepared = new byte[MnistGeometry.PixelCount];
        Assert.True(new DigitImageDecoder(ImagePreparation.Mnist).TryDecode(row.Encoded, prepared, out _, out _));
        DigitSumAssert.Same(fixture.Reference([(prepared, row.Number)]), Prepared(ImagePreparation.Mnist));
    }

    [Fact]
    public void Columns_can_be_renamed_and_the_others_pass_through()
    {
        IDataView view = fixture.View([fixture.Row(1), fixture.Row(2)]);
        var options = new DigitSumOptions { ModelFile = fixture.Model, Columns = new DigitSumColumns { Digit = "D", Error = "E", Warning = "W" } };
        var pipeline = fixture.MLContext.Transforms.ApplyDigitSumModel(options)
            .Append(fixture.MLContext.Transforms.CopyColumns("Reason", "E"))
            .Append(fixture.MLContext.Transforms.CopyColumns("Doubt", "W"));
        using var model = pipeline.Fit(view);

        IDataView scored = model.Transform(view);

        Assert.Equal(
            [.. view.Schema.Select(column => column.Name), "D", "DigitProbabilities", "Sum", "SumProbabilities", "E", "W", "Reason", "Doubt"],
            scored.Schema.Select(column => column.Name));
        Assert.Equal(Table.Read(view, "path", "number", "Pixels"), Table.Read(scored, "path", "number", "Pixels"));
    }

    [Fact]
    public void A_prediction_engine_gives_the_same_answers_row_by_row()
    {
        ImageRow[] rows = [.. Enumerable.Range(0, 20).Select(fixture.Row)];
        rows[7].Path = "missing.png";
        List<DigitSumRow> expected = fixture.Score(rows);
        DigitSumTransformer model = fixture.MLContext.Transforms.ApplyDigitSumModel(fixture.Model).Fit(fixture.View(rows));
        using var engine = fixture.MLContext.Model.CreatePredictionEngine<ImageRow, DigitSumRow>(model);

        DigitSumAssert.Same(
            [.. expected.Where((_, row) => row != 7)],
            [.. rows.Select(engine.Predict).Where((_, row) => row != 7)]);
        DigitSumAssert.Failed(engine.Predict(rows[7]), expected[7].Error);
    }

    [Fact]
    public void Images_that_a_stock_transform_loads_are_scored_and_pass_through()
    {
        ImageRow[] rows = [.. Enumerable.Range(0, 100).Select(fixture.Row)];
        IDataView view = fixture.View(rows);
        var options = new DigitSumOptions { ModelFile = fixture.Model, ImageColumn = "Loaded", Inference = new() { BatchSize = 8, Workers = 3 } };
        using var model = fixture.MLContext.Transforms.LoadImages("Loaded", null, "path")
            .Append(fixture.MLContext.Transforms.ApplyDigitSumModel(options))
            .Fit(view);
        IDataView scored = model.Transform(view);

        DigitSumAssert.Same(
            fixture.Reference(rows.Select(row => (row.Pixels, row.Number))),
            [.. fixture.MLContext.Data.CreateEnumerable<DigitSumRow>(scored, reuseRowObject: false)]);
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Loaded"], scored.Schema["Digit"]]);
        ValueGetter<MLImage> getter = cursor.GetGetter<MLImage>(scored.Schema["Loaded"]);
        MLImage image = null!;
        foreach (ImageRow row in rows)
        {
            Assert.True(cursor.MoveNext());
            getter(ref image);
            byte[] red = [.. image.Pixels.ToArray().Where((_, i) => i % 4 == 0)];
            Assert.Equal(row.Pixels, red);
        }
    }

    [Fact]
    public void Evaluators_of_ML_NET_count_what_a_direct_count_counts()
    {
        ImageRow[] rows = [.. Enumerable.Range(0, 50).Select(fixture.Row)];
        List<DigitSumRow> answers = fixture.Score(rows);
        for (int i = 0; i < rows.Length; i++)
            rows[i].NumberInt = (int)(i < 10 ? (answers[i].Digit + 1) % 10 : answers[i].Digit);
        IDataView view = fixture.View(rows);
        IDataView digits = fixture.MLContext.Data.LoadFromEnumerable(Enumerable.Range(0, 10).Select(digit => new Labelled { Value = digit }));
        using var model = fixture.MLContext.Transforms.Conversion.ConvertType("Label64", "NumberInt", DataKind.Int64)
            .Append(fixture.MLContext.Transforms.Conversion.MapValueToKey("Label", "Label64", keyData: digits))
            .Append(fixture.MLContext.Transforms.ApplyDigitSumModel(fixture.Model))
            .Append(fixture.MLContext.Transforms.Conversion.MapValueToKey("PredictedLabel", "Digit", keyData: digits))
            .Fit(view);

        MulticlassClassificationMetrics metrics = fixture.MLContext.MulticlassClassification.Evaluate(
            model.Transform(view), scoreColumnName: "DigitProbabilities");

        Assert.Equal(0.8, metrics.MicroAccuracy, 1e-9);
    }

    [Fact]
    public void Schema_errors_come_before_the_first_row_and_name_the_column()
    {
        IDataView view = fixture.View([fixture.Row(1)]);
        string Failure(string image, string number) => Assert.Throws<ArgumentException>(() => fixture.MLContext.Transforms
            .CopyColumns("x", "path")
            .Append(fixture.MLContext.Transforms.ApplyDigitSumModel(fixture.Model, image, number))
            .Append(fixture.MLContext.Transforms.CopyColumns("y", "Digit"))
            .Fit(view)).Message;

        Assert.Contains("'picture' is missing", Failure("picture", "number"), StringComparison.Ordinal);
        Assert.Contains("'addend' is missing", Failure("path", "addend"), StringComparison.Ordinal);
        Assert.Contains("'NumberSingle' holds Single", Failure("path", "NumberSingle"), StringComparison.Ordinal);
        Assert.Contains("'number' holds Int64", Failure("number", "number"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_with_other_tensors_is_refused_with_the_difference()
    {
        string other = fixture.Write("other.onnx", TestModels.TwoInputsTwoOutputs());

        var exception = Assert.Throws<InvalidDataException>(() => fixture.MLContext.Transforms.ApplyDigitSumModel(other));

        Assert.Contains(other, exception.Message, StringComparison.Ordinal);
        Assert.Contains("no input 'image' (Byte [batch, 1, 28, 28])", exception.Message, StringComparison.Ordinal);
    }

    private sealed class Labelled
    {
        public long Value { get; set; }
    }
}
