using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML;
using MnistAdder.OnnxBatching.Models;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Inference;

public sealed class ExternalDataTests : IDisposable
{
    // Field numbers of onnx.proto.
    private const int Graph = 7, Initializer = 5, GraphNode = 1, NodeAttribute = 5, AttributeTensor = 5, AttributeGraph = 6, Function = 25, FunctionNode = 7;
    private const int SparseInitializer = 15, SparseValues = 1;

    // A tensor w = [2, 3] whose numbers are in the file weights.bin.
    private static readonly byte[] s_tensor =
    [
        .. Field(1, [2]), .. Varint(2 << 3, (int)ElementType.Float), .. Field(8, "w"u8), .. Field(13, [.. Field(1, "location"u8), .. Field(2, "weights.bin"u8)]), .. Varint(14 << 3, 1),
    ];

    private static readonly byte[] s_model = new TestModel()
        .Input("x", ElementType.Float, -1, 2)
        .Output("y", ElementType.Float, -1, 2)
        .Node("Mul", ["x", "w"], ["y"])
        .ToBytes();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_that_keeps_weights_in_another_file_is_refused_unless_it_is_allowed_to()
    {
        string path = _folder.Write("model.onnx", [.. s_model, .. Field(Graph, Field(Initializer, s_tensor))]);
        _folder.Write("weights.bin", MemoryMarshal.AsBytes<float>([2, 3]).ToArray());

        var error = Assert.Throws<InvalidDataException>(() => TestSession.OfFile(path));
        Assert.StartsWith($"The model '{path}' keeps weights in other files", error.Message, StringComparison.Ordinal);

        using var session = TestSession.OfFile(path, new InferenceOptions { AllowsExternalData = true });
        Assert.Equal(["x"], session.Inputs.Select(input => input.Name));
    }

    [Fact]
    public void It_is_found_wherever_a_model_can_have_a_tensor()
    {
        byte[][] places =
        [
            Field(Graph, Field(Initializer, s_tensor)),
            Field(Graph, Field(SparseInitializer, Field(SparseValues, s_tensor))),
            Field(Graph, Field(GraphNode, Field(NodeAttribute, Field(AttributeTensor, s_tensor)))),
            Field(Graph, Field(GraphNode, Field(NodeAttribute, Field(AttributeGraph, Field(Initializer, s_tensor))))),
            Field(Function, Field(FunctionNode, Field(NodeAttribute, Field(AttributeTensor, s_tensor)))),
            Field(Graph, Field(Initializer, Varint(14 << 3, 1))),
        ];
        Assert.All(places, place => Assert.Throws<InvalidDataException>(() => ModelOutline.Of([.. s_model, .. place]).RefuseExternalData("model")));
    }

    [Fact]
    public void A_model_in_one_file_passes_and_so_does_what_is_no_model()
    {
        Assert.All(
            (byte[][])[s_model, TestModels.DigitSum(), [.. s_model, .. Field(Graph, Field(Initializer, Varint(14 << 3, 0)))], Encoding.ASCII.GetBytes("no model at all")],
            file => Assert.False(ModelOutline.Of(file).HasExternalData));
    }

    [Fact]
    public void Graphs_nested_beyond_reason_are_refused()
    {
        byte[] graph = [];
        for (int depth = 0; depth < 2000; depth++)
            graph = Field(GraphNode, Field(NodeAttribute, Field(AttributeGraph, graph)));
        Assert.Throws<InvalidDataException>(() => ModelOutline.Of([.. s_model, .. Field(Graph, graph)]));
    }

    [Fact]
    public void A_saved_pipeline_with_such_a_model_is_refused_before_anything_is_loaded()
    {
        var mlContext = new MLContext();
        IDataView view = Sample.View(mlContext, 1);
        using (BatchedOnnxTransformer model = mlContext.Transforms.ApplyOnnxModelBatched(_folder.Write("model.onnx", TestModels.TwoInputsTwoOutputs())).Fit(view))
            mlContext.Model.Save(model, view.Schema, _folder["model.zip"]);
        byte[] evil = [.. s_model, .. Field(Graph, Field(Initializer, s_tensor))];
        using (ZipArchive zip = ZipFile.Open(_folder["model.zip"], ZipArchiveMode.Update))
        {
            ZipArchiveEntry entry = zip.Entries.Single(entry => entry.Name == "OnnxModel");
            string name = entry.FullName;
            entry.Delete();
            using var writer = new BinaryWriter(zip.CreateEntry(name).Open());
            writer.Write(evil.Length);
            writer.Write(evil);
        }

        var error = Assert.Throws<InvalidDataException>(() => BatchedOnnxModel.Load(mlContext, _folder["model.zip"]));
        Assert.Contains("keeps weights in other files", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Field(int number, ReadOnlySpan<byte> content) => [.. Varint((number << 3) | 2, content.Length), .. content];

    private static byte[] Varint(int tag, int value) => [.. Varint(tag), .. Varint(value)];

    private static IEnumerable<byte> Varint(int value)
    {
        for (; value >= 128; value >>= 7)
            yield return (byte)(value | 128);
        yield return (byte)value;
    }
}
