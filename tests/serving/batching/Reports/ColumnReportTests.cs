using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Reports;

/// <summary>What people reported of columns and their types. Numbers are of dotnet/machinelearning where nothing else is said.</summary>
public sealed class ColumnReportTests : IDisposable
{
    private readonly MLContext _mlContext = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // #5192
    [Fact]
    public void Outputs_asked_for_in_another_order_come_in_that_order()
    {
        string path = _folder.Write("model.onnx", TestModels.TwoInputsTwoOutputs());
        IDataView view = Sample.View(_mlContext, 40);
        using var stock = _mlContext.Transforms.ApplyOnnxModel(["scaled", "total"], ["n", "x"], path).Fit(view);
        using BatchedOnnxTransformer batched = _mlContext.Transforms.ApplyOnnxModelBatched(["scaled", "total"], ["n", "x"], path).Fit(view);

        Assert.Equal(["scaled", "total"], batched.Transform(view).Schema.Select(column => column.Name).TakeLast(2));
        StockComparison.AssertSame(stock.Transform(view), batched.Transform(view));
    }

    // #1053
    [Theory]
    [InlineData("total")]
    [InlineData("total.output")]
    [InlineData("a.output.b.output")]
    public void An_output_of_any_name_can_be_renamed_and_saved(string tensor)
    {
        IDataView view = Sample.View(_mlContext, 40);
        var options = new BatchedOnnxOptions { ModelBytes = Doubling("x", tensor), Outputs = [new(tensor, "Score")] };
        ITransformer batched = _mlContext.Transforms.ApplyOnnxModelBatched(options).Fit(view);
        using var disposal = (IDisposable)batched;
        _mlContext.Model.Save(batched, view.Schema, _folder["model.zip"]);
        using var stock = (IDisposable)_mlContext.Model.Load(_folder["model.zip"], out _);
        using var loaded = (IDisposable)BatchedOnnxModel.Load(_mlContext, _folder["model.zip"]);

        AssertDoubled(batched.Transform(view), "Score");
        AssertDoubled(((ITransformer)stock).Transform(view), "Score");
        AssertDoubled(((ITransformer)loaded).Transform(view), "Score");
    }

    // #1053
    [Fact]
    public void A_column_can_be_named_as_the_model_names_its_tensor_although_stock_takes_the_end_off()
    {
        IDataView view = Sample.View(_mlContext, 40);
        var options = new BatchedOnnxOptions { ModelBytes = Doubling("x", "total.output"), Outputs = [new("total.output", "total.output")] };
        ITransformer batched = _mlContext.Transforms.ApplyOnnxModelBatched(options).Fit(view);
        using var disposal = (IDisposable)batched;

        // Stock's name, since that is what a stock program reads from the saved model.
        AssertDoubled(batched.Transform(view), "total");
    }

    // #1053
    [Fact]
    public void An_input_of_any_name_can_be_renamed_and_saved()
    {
        IDataView view = Sample.View(_mlContext, 40);
        var options = new BatchedOnnxOptions { ModelBytes = Doubling("x.output", "y"), Inputs = [new("x.output", "x")] };
        ITransformer batched = _mlContext.Transforms.ApplyOnnxModelBatched(options).Fit(view);
        using var disposal = (IDisposable)batched;
        _mlContext.Model.Save(batched, view.Schema, _folder["model.zip"]);
        using var stock = (IDisposable)_mlContext.Model.Load(_folder["model.zip"], out _);

        AssertDoubled(batched.Transform(view), "y");
        AssertDoubled(((ITransformer)stock).Transform(view), "y");
    }

    // #5343
    [Fact]
    public void A_column_of_one_value_in_a_row_is_a_vector_for_evaluators_as_in_stock()
    {
        string path = _folder.Write("model.onnx", TestModels.TwoInputsTwoOutputs());
        IDataView view = Sample.View(_mlContext, 40);
        using var stock = _mlContext.Transforms.ApplyOnnxModel(path).Fit(view);
        using BatchedOnnxTransformer batched = _mlContext.Transforms.ApplyOnnxModelBatched(path).Fit(view);
        Exception Failure(ITransformer model) => Assert.ThrowsAny<Exception>(() =>
            _mlContext.BinaryClassification.EvaluateNonCalibrated(model.Transform(view), labelColumnName: "Flag", scoreColumnName: "total", predictedLabelColumnName: "Flag"));

        Exception expected = Failure(stock);
        Exception found = Failure(batched);

        Assert.Equal((expected.GetType(), expected.Message), (found.GetType(), found.Message));
    }

    // microsoft/onnxruntime#948
    [Fact]
    public void Numbers_of_16_bits_come_as_Single_where_stock_fails()
    {
        byte[] model = TestModels.Identity(ElementType.Float16);
        IDataView view = Sample.View(_mlContext, 40);
        ITransformer batched = _mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = model }).Fit(view);
        using var disposal = (IDisposable)batched;

        IDataView scored = batched.Transform(view);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 1, 3), scored.Schema["y"].Type);
        Assert.Equal(Table.Read(view, "x"), Table.Read(scored, "y"));
    }

    // microsoft/onnxruntime#948
    [Fact]
    public void Numbers_of_16_bits_are_rounded_to_the_nearest_and_overflow_to_infinity()
    {
        float[] values = [1 / 3f, 65519f, 65520f, -1e-8f, float.NaN, float.NegativeInfinity];
        var rows = new[] { new Three<float> { X = values[..3] }, new Three<float> { X = values[3..] } };
        IDataView view = _mlContext.Data.LoadFromEnumerable(rows);
        ITransformer batched = _mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = TestModels.Identity(ElementType.Float16) }).Fit(view);
        using var disposal = (IDisposable)batched;

        Assert.Equal(
            values.Select(value => (object)(float)(Half)value),
            Table.Read(batched.Transform(view), "y").SelectMany(row => (object[])row[0]!));
    }

    // microsoft/onnxruntime#948
    [Fact]
    public void A_model_that_has_numbers_of_16_bits_only_inside_is_as_in_stock()
    {
        byte[] model = new TestModel()
            .Input("x", ElementType.Float, -1, 3)
            .Output("y", ElementType.Float, -1, 3)
            .Node("Cast", ["x"], ["half"], TestModel.Attribute("to", (long)ElementType.Float16))
            .Node("Mul", ["half", "half"], ["square"])
            .Node("Cast", ["square"], ["y"], TestModel.Attribute("to", (long)ElementType.Float))
            .ToBytes();

        StockComparison.AssertSame(model, mlContext => Sample.View(mlContext, 40));
    }

    // microsoft/onnxruntime#948
    [Fact]
    public void Saving_a_model_of_16_bit_columns_says_that_stock_could_not_read_it()
    {
        IDataView view = Sample.View(_mlContext, 1);
        ITransformer batched = _mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = TestModels.Identity(ElementType.Float16) }).Fit(view);
        using var disposal = (IDisposable)batched;

        var exception = Assert.ThrowsAny<Exception>(() => _mlContext.Model.Save(batched, view.Schema, _folder["model.zip"]));
        Assert.Contains("stock", exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("'x'", exception.Message, StringComparison.Ordinal);
    }

    // #4034
    [Fact]
    public void Texts_of_any_kind_come_as_in_stock()
    {
        string?[] texts = ["", null, "a\0b", "\0", "🙂 ü ẞ", new string('x', 100_000), " ", "\n", "\ud83d"];
        var rows = texts.Select(text => new Three<string> { X = [text!, "same", text!] }).ToArray();

        StockComparison.AssertSame(TestModels.Identity(ElementType.String), mlContext => mlContext.Data.LoadFromEnumerable(rows));
    }

    // #5346 and microsoft/onnxruntime#19571
    [Fact]
    public void A_sequence_of_maps_comes_as_in_stock_also_to_a_prediction_engine()
    {
        string path = _folder.Write("model.onnx", Classifier());
        IDataView view = Sample.View(_mlContext, 40);
        using var stock = _mlContext.Transforms.ApplyOnnxModel(path).Fit(view);
        using BatchedOnnxTransformer batched = _mlContext.Transforms.ApplyOnnxModelBatched(path).Fit(view);
        var unowned = new PredictionEngineOptions { OwnsTransformer = false };
        using var stockEngine = _mlContext.Model.CreatePredictionEngine<Sample, Probabilities>(stock, unowned);
        using var engine = _mlContext.Model.CreatePredictionEngine<Sample, Probabilities>(batched, unowned);

        StockComparison.AssertSame(stock.Transform(view), batched.Transform(view));
        for (int row = 0; row < 10; row++)
            Assert.Equal(stockEngine.Predict(Sample.Of(row)).OfClasses, engine.Predict(Sample.Of(row)).OfClasses);
    }

    // #5346
    [Fact]
    public void The_tensor_beside_a_sequence_of_maps_comes_alone_as_in_stock()
    {
        string path = _folder.Write("model.onnx", Classifier());
        IDataView view = Sample.View(_mlContext, 40);
        using var stock = _mlContext.Transforms.ApplyOnnxModel(["label"], ["x"], path).Fit(view);
        using BatchedOnnxTransformer batched = _mlContext.Transforms.ApplyOnnxModelBatched(["label"], ["x"], path).Fit(view);

        StockComparison.AssertSame(stock.Transform(view), batched.Transform(view));
    }

    private static byte[] Doubling(string input, string output) => new TestModel()
        .Input(input, ElementType.Float, -1, 3)
        .Output(output, ElementType.Float, -1, 3)
        .Node("Add", [input, input], [output])
        .ToBytes();

    // As classifiers of scikit-learn are exported: the class, and a map from class to probability.
    private static byte[] Classifier() => new TestModel()
        .Input("x", ElementType.Float, -1, 3)
        .Output("label", ElementType.Int64, -1)
        .MapOutputTensor("probabilities")
        .Node("Softmax", ["x"], ["scores"])
        .Node("ArgMax", ["x"], ["label"], TestModel.Attribute("axis", 1), TestModel.Attribute("keepdims", 0))
        .Node("ai.onnx.ml", "ZipMap", ["scores"], ["probabilities"], TestModel.Attribute("classlabels_int64s", 10, 20, 30))
        .ToBytes();

    private static void AssertDoubled(IDataView scored, string column) => Assert.Equal(
        Enumerable.Range(0, 40).Select(row => new object[] { 2f * row, (float)row, 2f }),
        Table.Read(scored, column).Select(row => (object[])row[0]!));

    private sealed class Probabilities
    {
        [ColumnName("probabilities"), OnnxSequenceType(typeof(IDictionary<long, float>))]
        public IEnumerable<IDictionary<long, float>> OfClasses { get; set; } = [];
    }
}
