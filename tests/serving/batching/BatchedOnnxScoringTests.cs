using CsCheck;
using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Onnx;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests;

public class BatchedOnnxScoringTests
{
    [Fact]
    public void Every_tensor_type_gives_the_schema_and_values_of_stock()
    {
        AssertSame(ElementType.Float, i => i / 3f);
        AssertSame(ElementType.Double, i => i / 3d);
        AssertSame(ElementType.Int8, i => (sbyte)-i);
        AssertSame(ElementType.Int16, i => (short)-i);
        AssertSame(ElementType.Int32, i => -i);
        AssertSame(ElementType.Int64, i => -(long)i << 33);
        AssertSame(ElementType.Uint8, i => (byte)i);
        AssertSame(ElementType.Uint16, i => (ushort)i);
        AssertSame(ElementType.Uint32, i => (uint)i);
        AssertSame(ElementType.Uint64, i => ulong.MaxValue - (ulong)i);
        AssertSame(ElementType.Bool, i => i % 2 == 0);
        AssertSame(ElementType.String, i => $"text {i} ü");
    }

    [Fact]
    public void Any_number_of_rows_in_any_batches_on_any_number_of_workers_gives_what_stock_gives()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", TestModels.TwoInputsTwoOutputs());
        var mlContext = new MLContext();
        using var stock = mlContext.Transforms.ApplyOnnxModel(path).Fit(Sample.View(mlContext, 1));

        Gen.Select(Gen.Int[0, 150], Gen.Int[2, 40], Gen.Int[1, 4]).Sample(
            (rows, batchSize, workers) =>
            {
                IDataView view = Sample.View(mlContext, rows);
                var inference = new InferenceOptions { BatchSize = batchSize, Workers = workers };
                using BatchedOnnxTransformer batched = mlContext.Transforms.ApplyOnnxModelBatched(path, inference).Fit(view);
                StockComparison.AssertSame(stock.Transform(view), batched.Transform(view));
            },
            iter: 30,
            threads: 1);
    }

    [Theory]
    [InlineData(new[] { 4, 4, 4, 4, 4 })]
    [InlineData(new[] { 1, 2, 3, 3, 1, 1, 5, 2 })]
    public void Rows_of_different_lengths_fill_an_open_dimension(int[] lengths)
    {
        var rows = lengths.Select((length, row) => new Any { X = [.. Enumerable.Range(0, length).Select(i => row + (i / 8f))] }).ToArray();

        StockComparison.AssertSame(
            TestModels.OpenLength(), mlContext => mlContext.Data.LoadFromEnumerable(rows), new InferenceOptions { BatchSize = 4 });
    }

    [Fact]
    public void A_vector_of_known_length_fills_an_open_dimension_where_stock_fails()
    {
        var mlContext = new MLContext();
        IDataView view = Sample.View(mlContext, 5);
        using BatchedOnnxTransformer batched = mlContext.Transforms
            .ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = TestModels.OpenLength() })
            .Fit(view) as BatchedOnnxTransformer ?? throw new InvalidOperationException();

        Assert.Equal(
            Enumerable.Range(0, 5).Select(row => new object[] { 1.5f * row + 1 }),
            Table.Read(batched.Transform(view), "total").Select(row => (object[])row[0]!));
    }

    [Fact]
    public void A_scalar_fills_an_input_of_the_batch_alone_where_stock_fails()
    {
        byte[] model = new TestModel()
            .Input("n", ElementType.Int64, -1)
            .Output("twice", ElementType.Int64, -1)
            .Node("Add", ["n", "n"], ["twice"])
            .ToBytes();
        var mlContext = new MLContext();
        IDataView view = Sample.View(mlContext, 40);
        ITransformer batched = mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = model }).Fit(view);
        using var disposal = (IDisposable)batched;

        Assert.Equal(
            Enumerable.Range(0, 40).Select(row => new object[] { 2L * (row % 7) }),
            Table.Read(batched.Transform(view), "twice").Select(row => (object[])row[0]!));
    }

    [Fact]
    public void A_first_dimension_of_fixed_size_runs_row_by_row_as_in_stock()
    {
        byte[] model = new TestModel()
            .Input("x", ElementType.Float, 1, 3)
            .Output("y", ElementType.Float, 1, 3)
            .Node("Add", ["x", "x"], ["y"])
            .ToBytes();

        StockComparison.AssertSame(model, mlContext => Sample.View(mlContext, 40));
    }

    [Fact]
    public void Maps_in_a_sequence_come_as_in_stock()
    {
        var classes = TestModel.Attribute("classlabels_int64s", 10, 20, 30);
        byte[] model = new TestModel()
            .Input("x", ElementType.Float, -1, 3)
            .MapOutputTensor("probabilities")
            .Node("ai.onnx.ml", "ZipMap", ["x"], ["probabilities"], classes)
            .ToBytes();

        StockComparison.AssertSame(model, mlContext => Sample.View(mlContext, 5));
    }

    [Fact]
    public void A_model_that_adds_its_rows_up_runs_row_by_row_as_in_stock()
    {
        byte[] model = new TestModel()
            .Input("x", ElementType.Float, -1, 3)
            .Output("sum", ElementType.Float, -1, 3)
            .Constant("axis", [0L], 1)
            .Node("ReduceSum", ["x", "axis"], ["sum"])
            .ToBytes();

        StockComparison.AssertSame(model, mlContext => Sample.View(mlContext, 5));
    }

    [Fact]
    public void A_model_whose_rows_have_results_of_any_number_runs_row_by_row_as_in_stock()
    {
        byte[] model = new TestModel()
            .Input("x", ElementType.Float, -1, 3)
            .Output("found", ElementType.Int64, -1, 2)
            .Node("NonZero", ["x"], ["indices"])
            .Node("Transpose", ["indices"], ["found"])
            .ToBytes();

        StockComparison.AssertSame(model, mlContext => Sample.View(mlContext, 5));
        StockComparison.AssertSame(model, mlContext => Sample.View(mlContext, 5), new InferenceOptions { BatchSize = 1 });
    }

    [Fact]
    public void Key_columns_feed_unsigned_inputs_and_sparse_vectors_are_filled_with_zeros()
    {
        byte[] model = new TestModel()
            .Input("Key", ElementType.Uint32, -1, 1)
            .Input("x", ElementType.Float, -1, 3)
            .Output("k", ElementType.Uint32, -1, 1)
            .Output("y", ElementType.Float, -1, 3)
            .Node("Identity", ["Key"], ["k"])
            .Node("Identity", ["x"], ["y"])
            .ToBytes();
        var sparse = new[] { new VBuffer<float>(3, 1, [7f], [1]), new VBuffer<float>(3, 0, [], []) };
        var definition = SchemaDefinition.Create(typeof(SparseRow));

        StockComparison.AssertSame(model, mlContext => mlContext.Data.LoadFromEnumerable(
            Enumerable.Range(0, 50).Select(row => new SparseRow { Key = (uint)row + 1, X = sparse[row % 2] }), definition));
    }

    [Fact]
    public void Tensors_and_columns_can_have_different_names()
    {
        var mlContext = new MLContext();
        IDataView view = mlContext.Transforms.CopyColumns("features", "x").Fit(Sample.View(mlContext, 40)).Transform(Sample.View(mlContext, 40));
        var options = new BatchedOnnxOptions
        {
            ModelBytes = TestModels.TwoInputsTwoOutputs(),
            Inputs = [new("x", "features"), "n"],
            Outputs = [new("total", "Score")],
        };
        ITransformer model = mlContext.Transforms.ApplyOnnxModelBatched(options).Fit(view);
        using var disposal = (IDisposable)model;

        Assert.Equal(
            Enumerable.Range(0, 40).Select(row => new object[] { (1.5f * row) + 1 + (row % 7) }),
            Table.Read(model.Transform(view), "Score").Select(row => (object[])row[0]!));
    }

    [Fact]
    public void Sizes_given_to_open_dimensions_give_the_schema_of_stock()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", TestModels.OpenLength());
        var shapes = new Dictionary<string, int[]> { ["x"] = [1, 3], ["doubled"] = [1, 3] };
        var mlContext = new MLContext();
        IDataView view = Sample.View(mlContext, 40);
        using var stock = mlContext.Transforms.ApplyOnnxModel(["doubled", "total"], ["x"], path, shapes, gpuDeviceId: null, fallbackToCpu: false, recursionLimit: 100).Fit(view);
        ITransformer batched = mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelFile = path, Shapes = shapes }).Fit(view);
        using var disposal = (IDisposable)batched;

        StockComparison.AssertSame(stock.Transform(view), batched.Transform(view));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_output_whose_type_or_shape_is_not_declared_has_that_of_ONNX_Runtime_where_stock_fails(bool hasType)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(TestModels.TwoInputsTwoOutputs());
        ValueInfoProto scaled = model.Graph.Output.Single(output => output.Name == "scaled");
        if (hasType)
            scaled.Type.TensorType.Shape = null;
        else
            scaled.Type = null;
        var mlContext = new MLContext();
        IDataView view = Sample.View(mlContext, 40);
        using var folder = new TemporaryFolder();
        Assert.ThrowsAny<Exception>(() => mlContext.Transforms.ApplyOnnxModel(folder.Write("model.onnx", model.ToByteArray())).Fit(view));

        using var batched = (BatchedOnnxTransformer)mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = model.ToByteArray() }).Fit(view);

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 1, 3), batched.GetOutputSchema(view.Schema)["scaled"].Type);
        Assert.Null(batched.RowByRowReason);
        Assert.Equal([4f * 4, 0.5f * 4 * 4, 4], ((object[])Table.Read(batched.Transform(view), "scaled")[4][0]!).Cast<float>());
    }

    private static void AssertSame<T>(ElementType type, Func<int, T> value)
    {
        var rows = Enumerable.Range(0, 70).Select(row => new Three<T> { X = [value(row), value(row + 1), value(3 * row)] }).ToArray();
        StockComparison.AssertSame(TestModels.Identity(type), mlContext => mlContext.Data.LoadFromEnumerable(rows));
    }

    private sealed class SparseRow
    {
        [KeyType(1000)]
        public uint Key { get; set; }

        [ColumnName("x"), VectorType(3)]
        public VBuffer<float> X { get; set; }
    }
}
