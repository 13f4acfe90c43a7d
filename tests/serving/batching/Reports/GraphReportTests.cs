using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Onnx;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Reports;

/// <summary>What people reported of graphs. Numbers are of dotnet/machinelearning where nothing else is said.</summary>
public class GraphReportTests
{
    private readonly MLContext _mlContext = new();

    // #5839
    [Theory]
    [InlineData(1)]
    [InlineData(22)]
    [InlineData(30)]
    public void Conditions_inside_conditions_are_followed_for_each_row_however_deep_they_are(int depth)
    {
        IDataView view = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(row => new Three<float> { X = [row % 2 == 0 ? row + 1 : -row, 0, 0] }));
        ITransformer batched = _mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = NestedIfs(depth) }).Fit(view);
        using var disposal = (IDisposable)batched;

        Assert.Equal(
            Enumerable.Range(0, 40).Select(row => (object)(row % 2 == 0 ? 2f * (row + 1) : row)),
            Table.Read(batched.Transform(view), "y").Select(row => ((object[])row[0]!)[0]));
    }

    // Detectors: as many results as the row has objects.
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Rows_with_any_number_of_detections_come_as_in_stock(int batchSize)
    {
        var rows = Enumerable.Range(0, 40).Select(Picture.Of).ToArray();

        StockComparison.AssertSame(Detector(), mlContext => mlContext.Data.LoadFromEnumerable(rows), new InferenceOptions { BatchSize = batchSize });
    }

    [Fact]
    public void A_prediction_engine_gives_the_detections_of_stock()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("detect.onnx", Detector());
        IDataView view = _mlContext.Data.LoadFromEnumerable([Picture.Of(0)]);
        using var stock = _mlContext.Model.CreatePredictionEngine<Picture, Detections>(_mlContext.Transforms.ApplyOnnxModel(path).Fit(view));
        using var batched = _mlContext.Model.CreatePredictionEngine<Picture, Detections>(_mlContext.Transforms.ApplyOnnxModelBatched(path).Fit(view));

        for (int row = 0; row < 40; row++)
            Assert.Equal(stock.Predict(Picture.Of(row)).Found, batched.Predict(Picture.Of(row)).Found);
    }

    // y [num_dets, 2]: row and place of everything in x [batch, 4] that isn't zero.
    private static byte[] Detector() => new TestModel()
        .Input("x", ElementType.Float, -1, 4)
        .Output("y", ElementType.Int64, -1, 2)
        .Node("NonZero", ["x"], ["indices"])
        .Node("Transpose", ["indices"], ["y"])
        .ToBytes();

    // Twice x where its sum is positive, else -x: what is asked of the sum is asked again inside each answer.
    private static byte[] NestedIfs(int depth)
    {
        GraphProto then = Branch("twice", "Add", "x", "x");
        for (int level = 1; level < depth; level++)
        {
            var inner = new GraphProto { Name = $"level {level}" };
            inner.Node.Add(If($"result {level}", then, Branch($"minus {level}", "Neg", "x")));
            inner.Output.Add(new ValueInfoProto { Name = $"result {level}", Type = Rows() });
            then = inner;
        }

        NodeProto outer = If("y", then, Branch("minus", "Neg", "x"));
        return new TestModel()
            .Input("x", ElementType.Float, -1, 3)
            .Output("y", ElementType.Float, -1, 3)
            .Constant("zero", [0f])
            .Node("ReduceSum", ["x"], ["sum"], TestModel.Attribute("keepdims", 0))
            .Node("Greater", ["sum", "zero"], ["is_positive"])
            .Node("If", [.. outer.Input], [.. outer.Output], [.. outer.Attribute])
            .ToBytes();
    }

    private static NodeProto If(string output, GraphProto then, GraphProto otherwise)
    {
        var node = new NodeProto { OpType = "If" };
        node.Input.Add("is_positive");
        node.Output.Add(output);
        node.Attribute.Add(new AttributeProto { Name = "then_branch", Type = AttributeProto.Types.AttributeType.Graph, G = then });
        node.Attribute.Add(new AttributeProto { Name = "else_branch", Type = AttributeProto.Types.AttributeType.Graph, G = otherwise });
        return node;
    }

    private static GraphProto Branch(string output, string operation, params string[] inputs)
    {
        var node = new NodeProto { OpType = operation };
        node.Input.Add(inputs);
        node.Output.Add(output);
        var graph = new GraphProto { Name = output };
        graph.Node.Add(node);
        graph.Output.Add(new ValueInfoProto { Name = output, Type = Rows() });
        return graph;
    }

    private static TypeProto Rows() => new() { TensorType = new() { ElemType = (int)ElementType.Float } };

    private sealed class Picture
    {
        [ColumnName("x"), VectorType(4)]
        public float[] X { get; set; } = [];

        // Nothing up to four things.
        public static Picture Of(int row) => new() { X = [.. Enumerable.Range(0, 4).Select(place => (row >> place) & 1)] };
    }

    private sealed class Detections
    {
        [ColumnName("y")]
        public long[] Found { get; set; } = [];
    }
}
