using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests;

public sealed class BatchedOnnxPipelineTests : IDisposable
{
    private readonly MLContext _mlContext = new();
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public BatchedOnnxPipelineTests() => _model = _folder.Write("model.onnx", TestModels.TwoInputsTwoOutputs());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_prediction_engine_scores_single_rows()
    {
        IDataView view = Sample.View(_mlContext, 1);
        BatchedOnnxTransformer model = _mlContext.Transforms.ApplyOnnxModelBatched(_model).Fit(view);
        using var engine = _mlContext.Model.CreatePredictionEngine<Sample, Score>(model);

        for (int row = 0; row < 50; row++)
        {
            Score score = engine.Predict(Sample.Of(row));
            Assert.Equal([(1.5f * row) + 1 + (row % 7)], score.Total);
            Assert.Equal([row * (row % 7), 0.5f * row * (row % 7), row % 7], score.Scaled);
            Assert.Equal($"row {row}", score.Text);
        }
    }

    [Fact]
    public void It_is_one_step_among_stock_ones_and_serves_a_prediction_engine_there()
    {
        IDataView view = Sample.View(_mlContext, 100);
        var pipeline = _mlContext.Transforms.CopyColumns("features", "x")
            .Append(_mlContext.Transforms.ApplyOnnxModelBatched(_model))
            .Append(_mlContext.Transforms.Concatenate("Joined", "features", "scaled"));
        using TransformerChain<ColumnConcatenatingTransformer> model = pipeline.Fit(view);
        using var engine = _mlContext.Model.CreatePredictionEngine<Sample, Joint>(model, new PredictionEngineOptions { OwnsTransformer = false });

        List<object?[]> rows = Table.Read(model.Transform(view), "Joined");

        Assert.Equal(100, rows.Count);
        for (int row = 0; row < rows.Count; row++)
            Assert.Equal(((object[])rows[row][0]!).Cast<float>(), engine.Predict(Sample.Of(row)).Joined);
    }

    [Fact]
    public void A_saved_model_is_a_stock_one_and_loads_batched_again()
    {
        IDataView view = Sample.View(_mlContext, 100);
        var pipeline = _mlContext.Transforms.CopyColumns("features", "x").Append(_mlContext.Transforms.ApplyOnnxModelBatched(_model));
        List<object?[]> expected;
        using (var model = pipeline.Fit(view))
        {
            expected = Table.Read(model.Transform(view));
            _mlContext.Model.Save(model, view.Schema, _folder["model.zip"]);
        }

        var stock = (TransformerChain<ITransformer>)_mlContext.Model.Load(_folder["model.zip"], out _);
        using var batched = (TransformerChain<ITransformer>)BatchedOnnxModel.Load(_mlContext, _folder["model.zip"], InferenceOptions.Default, out DataViewSchema? schema);

        Assert.IsType<OnnxTransformer>(stock.Last());
        Assert.IsType<BatchedOnnxTransformer>(batched.Last());
        Assert.Equal(view.Schema.Count, schema!.Count);
        Assert.Equal(expected, Table.Read(stock.Transform(view)));
        Assert.Equal(expected, Table.Read(batched.Transform(view)));
        stock.Dispose();
    }

    [Fact]
    public void A_model_that_stock_saved_alone_or_in_nested_chains_loads_batched()
    {
        IDataView view = Sample.View(_mlContext, 40);
        using OnnxTransformer stock = _mlContext.Transforms.ApplyOnnxModel(_model).Fit(view);
        _mlContext.Model.Save(stock, view.Schema, _folder["alone.zip"]);
        var nested = new TransformerChain<ITransformer>(new TransformerChain<ITransformer>(
            _mlContext.Transforms.CopyColumns("features", "x").Fit(view), stock));
        _mlContext.Model.Save(nested, view.Schema, _folder["nested.zip"]);

        using var alone = Assert.IsType<BatchedOnnxTransformer>(BatchedOnnxModel.Load(_mlContext, _folder["alone.zip"]));
        using var chain = (TransformerChain<ITransformer>)BatchedOnnxModel.Load(_mlContext, _folder["nested.zip"]);

        Assert.IsType<BatchedOnnxTransformer>(((IEnumerable<ITransformer>)chain.Single()).Last());
        StockComparison.AssertSame(stock.Transform(view), alone.Transform(view));
        StockComparison.AssertSame(nested.Transform(view), chain.Transform(view));
    }

    [Fact]
    public void A_file_that_is_no_saved_model_is_named()
    {
        string text = _folder.Write("text.zip", "no zip at all"u8.ToArray());

        Assert.Contains(text, Assert.Throws<InvalidDataException>(() => BatchedOnnxModel.Load(_mlContext, text)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => BatchedOnnxModel.Load(_mlContext, _folder["missing.zip"]));
    }

    [Fact]
    public void Schema_errors_come_before_the_first_row_and_name_the_column_and_the_type()
    {
        IDataView view = Sample.View(_mlContext, 1);
        ArgumentException Failure(IEstimator<ITransformer> before) => Assert.ThrowsAny<ArgumentException>(() =>
            before.Append(_mlContext.Transforms.ApplyOnnxModelBatched(_model)).Append(_mlContext.Transforms.CopyColumns("a", "total")).Fit(view));

        ArgumentException missing = Failure(_mlContext.Transforms.DropColumns("x"));
        Assert.Contains("'x'", missing.Message, StringComparison.Ordinal);
        Assert.Contains("Single [batch, 3]", missing.Message, StringComparison.Ordinal);

        ArgumentException wrong = Failure(_mlContext.Transforms.Conversion.ConvertType("n", "n", DataKind.Int32));
        Assert.Contains("'n'", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("Int32", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("Int64", wrong.Message, StringComparison.Ordinal);

        Assert.Contains("'x'", Failure(_mlContext.Transforms.Concatenate("x", "x", "x")).Message, StringComparison.Ordinal);
        Assert.Contains("scalar", Failure(_mlContext.Transforms.Conversion.ConvertType("x", "n", DataKind.Single)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_that_the_model_has_not_is_refused_with_those_that_it_has()
    {
        var exception = Assert.Throws<ArgumentException>(() => _mlContext.Transforms.ApplyOnnxModelBatched(["totals"], ["x", "n"], _model));

        Assert.Contains("'totals'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'total', 'scaled'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_from_memory_makes_a_temporary_file_only_to_be_saved_and_takes_it_away()
    {
        _mlContext.TempFilePath = _folder.Path;
        IDataView view = _mlContext.Data.LoadFromEnumerable([new Three<short> { X = [1, 2, 3] }]);
        using var output = new MemoryStream();

        using var model = (BatchedOnnxTransformer)_mlContext.Transforms
            .ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = TestModels.Identity(ElementType.Int16) }).Fit(view);
        Table.Read(model.Transform(view));
        Assert.Equal([_model], Directory.GetFiles(_folder.Path));
        _mlContext.Model.Save(model, view.Schema, output);

        Assert.Equal([_model], Directory.GetFiles(_folder.Path));
    }

    private sealed class Score
    {
        [ColumnName("total"), VectorType(1, 1)]
        public float[] Total { get; set; } = [];

        [ColumnName("scaled"), VectorType(1, 3)]
        public float[] Scaled { get; set; } = [];

        public string Text { get; set; } = "";
    }

    private sealed class Joint
    {
        public float[] Joined { get; set; } = [];
    }
}
