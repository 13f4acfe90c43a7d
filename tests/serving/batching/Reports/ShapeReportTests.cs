using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxBatching.Rows;
using MnistAdder.OnnxBatching.Tests.Corpus;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Reports;

/// <summary>What people reported of shapes. Numbers are of dotnet/machinelearning where nothing else is said.</summary>
public class ShapeReportTests
{
    private readonly MLContext _mlContext = new();

    // #5855
    [Theory]
    [InlineData(typeof(Three<double>), "Double")]
    [InlineData(typeof(Four), "4 values")]
    [InlineData(typeof(NoX), "missing")]
    public void A_column_of_another_type_or_length_or_none_is_named_when_the_model_is_fitted(Type row, string found)
    {
        DataViewSchema.Builder schema = new();
        schema.AddColumns(SchemaDefinition.Create(row).Select(column => new DataViewSchema.DetachedColumn(column.ColumnName, column.ColumnType)));
        IDataView view = new EmptyView(schema.ToSchema());

        var exception = Assert.ThrowsAny<ArgumentException>(() => Fit(TestModels.Identity(ElementType.Float), view));
        Assert.Contains("'x'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Single", exception.Message, StringComparison.Ordinal);
        Assert.Contains(found, exception.Message, StringComparison.Ordinal);
    }

    // #6241
    [Fact]
    public void An_LSTM_takes_a_column_whose_length_is_not_declared_where_stock_fails()
    {
        float[] Steps(int row) => [.. Enumerable.Range(0, 12).Select(i => (row + i) / 16f)];
        byte[] model = Lstm();
        var sized = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 9).Select(row => new Twelve { X = Steps(row) }));
        var unsized = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 9).Select(row => new Any { X = Steps(row) }));

        using var folder = new TemporaryFolder();
        using var stock = _mlContext.Transforms.ApplyOnnxModel(folder.Write("lstm.onnx", model)).Fit(sized);
        ITransformer batched = Fit(model, unsized);
        using var disposal = (IDisposable)batched;

        Assert.ThrowsAny<Exception>(() => Table.Read(stock.Transform(unsized), "y"));
        AssertClose(Table.Read(stock.Transform(sized), "y"), Table.Read(batched.Transform(unsized), "y"));
    }

    // #6241
    [Fact]
    public void A_scalar_in_the_place_of_a_vector_is_an_error_as_in_stock()
    {
        using var folder = new TemporaryFolder();
        byte[] model = TestModels.Identity(ElementType.Float);
        IDataView view = _mlContext.Data.LoadFromEnumerable([new Scalar { X = 1 }]);

        Assert.ThrowsAny<Exception>(() => _mlContext.Transforms.ApplyOnnxModel(folder.Write("model.onnx", model)).Fit(view));
        Assert.Contains("'x'", Assert.ThrowsAny<ArgumentException>(() => Fit(model, view)).Message, StringComparison.Ordinal);
    }

    // #4646. ONNX Runtime takes the size by its word.
    [Fact]
    public void A_first_dimension_declared_0_takes_rows_and_empty_tensors_where_stock_takes_the_latter_alone()
    {
        byte[] model = new TestModel()
            .Input("x", ElementType.Float, 0, 3)
            .Output("y", ElementType.Float, 0, 3)
            .Node("Add", ["x", "x"], ["y"])
            .ToBytes();
        using (var plain = new PlainSession(model))
            Assert.Throws<OnnxRuntimeException>(() => plain.Run([new CorpusTensor("x", ElementType.Float, [1, 3], new float[3])], ["y"]));

        var rows = Enumerable.Range(0, 50).Select(row => new Any { X = row % 10 == 3 ? [] : [row, 2, 3] }).ToArray();
        IDataView view = _mlContext.Data.LoadFromEnumerable(rows);
        ITransformer batched = Fit(model, view);
        using var disposal = (IDisposable)batched;

        Assert.Equal(rows.Select(row => row.X.Select(value => (object)(2 * value))), Table.Read(batched.Transform(view), "y").Select(row => (object[])row[0]!));
    }

    // #5293
    [Fact]
    public void Rows_of_3_and_of_5_steps_mix()
    {
        byte[] model = new TestModel()
            .Input("x", ElementType.Float, -1, -1, 4)
            .Output("y", ElementType.Float, -1, -1, 4)
            .Output("last", ElementType.Float, -1, 4)
            .Node("Add", ["x", "x"], ["y"])
            .Node("ReduceMax", ["x"], ["last"], TestModel.Attribute("axes", [1L]), TestModel.Attribute("keepdims", 0))
            .ToBytes();
        var rows = Enumerable.Range(0, 20).Select(row => new Any { X = [.. Enumerable.Range(0, row % 3 == 0 ? 12 : 20).Select(i => (float)((row * i) % 7))] });

        StockComparison.AssertSame(model, mlContext => mlContext.Data.LoadFromEnumerable(rows));
    }

    // #5305
    [Theory]
    [InlineData(1, 2, 3)]
    [InlineData(2, 3)]
    public void Two_open_dimensions_take_their_sizes_from_the_columns_own_dimensions(params int[] dimensions)
    {
        IDataView view = Sixes(dimensions);
        ITransformer batched = Fit(Transposing(), view);
        using var disposal = (IDisposable)batched;

        Assert.Equal(Transposed(20), Table.Read(batched.Transform(view), "y").Select(row => (object[])row[0]!));
    }

    // #5305
    [Theory]
    [InlineData(6)]
    [InlineData(0)]
    public void Two_open_dimensions_without_sizes_are_an_error_that_says_what_to_give(int length)
    {
        var exception = Assert.ThrowsAny<ArgumentException>(() => Fit(Transposing(), Sixes(length)));

        Assert.Contains("'x'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(BatchedOnnxOptions.Shapes), exception.Message, StringComparison.Ordinal);
    }

    // #3932 and microsoft/psi#208
    [Fact]
    public void Two_open_dimensions_take_the_sizes_given_and_keep_them_in_a_zip()
    {
        using var folder = new TemporaryFolder();
        IDataView view = Sixes(6);
        var options = new BatchedOnnxOptions
        {
            ModelBytes = Transposing(),
            Shapes = new Dictionary<string, int[]> { ["x"] = [1, 2, 3], ["y"] = [1, 3, 2] },
        };
        ITransformer batched = _mlContext.Transforms.ApplyOnnxModelBatched(options).Fit(view);
        using var disposal = (IDisposable)batched;
        _mlContext.Model.Save(batched, view.Schema, folder["model.zip"]);

        using var stock = (IDisposable)_mlContext.Model.Load(folder["model.zip"], out _);
        using var loaded = (IDisposable)BatchedOnnxModel.Load(_mlContext, folder["model.zip"]);

        Assert.Equal(Transposed(20), Table.Read(batched.Transform(view), "y").Select(row => (object[])row[0]!));
        StockComparison.AssertSame(((ITransformer)stock).Transform(view), batched.Transform(view));
        StockComparison.AssertSame(((ITransformer)stock).Transform(view), ((ITransformer)loaded).Transform(view));
    }

    // #7225
    [Fact]
    public void An_output_of_rank_0_is_a_scalar_column_where_stock_fails()
    {
        using var folder = new TemporaryFolder();
        byte[] model = new TestModel()
            .Input("x", ElementType.Float, -1, 3)
            .Output("total", ElementType.Float)
            .Node("ReduceSum", ["x"], ["total"], TestModel.Attribute("keepdims", 0))
            .ToBytes();
        IDataView view = Sample.View(_mlContext, 40);
        ITransformer batched = Fit(model, view);
        using var disposal = (IDisposable)batched;
        using var engine = _mlContext.Model.CreatePredictionEngine<Sample, Total>(batched, new PredictionEngineOptions { OwnsTransformer = false });
        _mlContext.Model.Save(batched, view.Schema, folder["model.zip"]);
        using var loaded = (IDisposable)BatchedOnnxModel.Load(_mlContext, folder["model.zip"]);

        IDataView scored = batched.Transform(view);
        Assert.Equal(NumberDataViewType.Single, scored.Schema["total"].Type);
        IEnumerable<object?[]> expected = Enumerable.Range(0, 40).Select(row => new object?[] { (1.5f * row) + 1 });
        Assert.Equal(expected, Table.Read(scored, "total"));
        Assert.Equal(expected, Table.Read(((ITransformer)loaded).Transform(view), "total"));
        Assert.Equal(1.5f * 7 + 1, engine.Predict(Sample.Of(7)).Value);
    }

    private ITransformer Fit(byte[] model, IDataView view) =>
        _mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = model }).Fit(view);

    // y [batch, w, h] is x [batch, h, w] turned over, of which nothing but the two sizes together follows from a row's length.
    private static byte[] Transposing() => new TestModel()
        .Input("x", ElementType.Float, -1, -1, -1)
        .Output("y", ElementType.Float, -1, -1, -1)
        .Node("Transpose", ["x"], ["y"], TestModel.Attribute("perm", 0, 2, 1))
        .ToBytes();

    // h_n [batch, 2] of x [batch, 4 steps, 3].
    private static byte[] Lstm() => new TestModel()
        .Input("x", ElementType.Float, -1, 4, 3)
        .Output("y", ElementType.Float, -1, 2)
        .Constant("W", [.. Enumerable.Range(0, 24).Select(i => MathF.Sin(i))], 1, 8, 3)
        .Constant("R", [.. Enumerable.Range(0, 16).Select(i => MathF.Cos(i))], 1, 8, 2)
        .Constant("directions", [0L], 1)
        .Node("Transpose", ["x"], ["steps"], TestModel.Attribute("perm", 1, 0, 2))
        .Node("LSTM", ["steps", "W", "R"], ["", "h"], TestModel.Attribute("hidden_size", 2))
        .Node("Squeeze", ["h", "directions"], ["y"])
        .ToBytes();

    // Twenty rows of six numbers each.
    private IDataView Sixes(params int[] dimensions)
    {
        var schema = SchemaDefinition.Create(typeof(Any));
        schema["x"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, dimensions);
        return _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(row => new Any { X = [.. Enumerable.Range(6 * row, 6).Select(i => (float)i)] }), schema);
    }

    private static IEnumerable<object[]> Transposed(int rows) =>
        Enumerable.Range(0, rows).Select(row => new object[] { 6f * row, (6f * row) + 3, (6f * row) + 1, (6f * row) + 4, (6f * row) + 2, (6f * row) + 5 });

    private static void AssertClose(List<object?[]> expected, List<object?[]> found)
    {
        Assert.Equal(expected.Count, found.Count);
        for (int row = 0; row < expected.Count; row++)
            Assert.Null(TensorComparison.ButForRounding((Array)expected[row][0]!, (Array)found[row][0]!));
    }

    private sealed class Four
    {
        [ColumnName("x"), VectorType(4)]
        public float[] X { get; set; } = [];
    }

    private sealed class Twelve
    {
        [ColumnName("x"), VectorType(12)]
        public float[] X { get; set; } = [];
    }

    private sealed class Scalar
    {
        [ColumnName("x")]
        public float X { get; set; }
    }

    private sealed class NoX
    {
        public float Z { get; set; }
    }

    private sealed class Total
    {
        [ColumnName("total")]
        public float Value { get; set; }
    }
}
