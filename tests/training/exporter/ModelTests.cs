using Microsoft.ML.OnnxRuntime;
using MnistAdder.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests;

public sealed class ModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("onnx-export-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Texts_and_versions_of_the_options_are_in_the_model()
    {
        var options = new OnnxModelOptions
        {
            ProducerName = "tests",
            ProducerVersion = "1.2.3",
            DocString = "A *model*.",
            Metadata = new Dictionary<string, string> { ["zeta"] = "1", ["alpha"] = "ä" },
        };
        OnnxModel model = Minimal().ToModel(options);

        using var session = new OnnxSession(model);
        ModelMetadata metadata = session.Session.ModelMetadata;
        Assert.Equal("tests", metadata.ProducerName);
        Assert.Equal("A *model*.", metadata.Description);
        Assert.Equal("minimal", metadata.GraphName);
        Assert.Equal("ä", metadata.CustomMetadataMap["alpha"]);
        ModelProto proto = ModelProto.Parser.ParseFrom(model.ToBytes());
        Assert.Equal(8, proto.IrVersion);
        Assert.Equal(17, Assert.Single(proto.OpsetImport).Version);
        Assert.Equal("1.2.3", proto.ProducerVersion);
        Assert.Equal(["alpha", "zeta"], proto.MetadataProps.Select(entry => entry.Key));
    }

    [Fact]
    public void An_attribute_of_any_kind_is_in_the_model()
    {
        OnnxAttribute[] attributes =
        [
            OnnxAttribute.Int("int", -7), OnnxAttribute.Bool("bool", true), OnnxAttribute.Float("float", 0.5), OnnxAttribute.String("string", "ä"),
            OnnxAttribute.Ints("ints", 1, 2), OnnxAttribute.Floats("floats", 1.5f, 2.5f), OnnxAttribute.Strings("strings", "a", "ä"),
            OnnxAttribute.Tensor("tensor", OnnxTensor.Of<long>([3, 4], 2)),
        ];
        OnnxGraph graph = OnnxExporter.Begin("attributes");
        graph.Output("y", graph.AddNode("Anything", [], attributes, OnnxElementType.Float));
        var written = ModelProto.Parser.ParseFrom(graph.ToModel().ToBytes()).Graph.Node[0].Attribute.ToDictionary(attribute => attribute.Name);
        Assert.Equal((-7, 1, 0.5f, "ä"), (written["int"].I, written["bool"].I, written["float"].F, written["string"].S.ToStringUtf8()));
        Assert.Equal([1, 2], written["ints"].Ints);
        Assert.Equal([1.5f, 2.5f], written["floats"].Floats);
        Assert.Equal(["a", "ä"], written["strings"].Strings.Select(text => text.ToStringUtf8()));
        Assert.Equal([2], written["tensor"].T.Dims);
        Assert.Equal(8, written.Values.Select(attribute => attribute.Type).Count(type => type != AttributeProto.Types.AttributeType.Undefined));
    }

    [Fact]
    public void Dimensions_are_fixed_or_named_or_unknown()
    {
        OnnxGraph graph = OnnxExporter.Begin("dimensions");
        graph.Output("y", graph.Relu(graph.Input("x", OnnxElementType.Float, "batch", 3, OnnxDimension.Unknown)));
        GraphProto proto = ModelProto.Parser.ParseFrom(graph.ToModel().ToBytes()).Graph;
        var dimensions = proto.Input[0].Type.TensorType.Shape.Dim;
        Assert.Equal("batch", dimensions[0].DimParam);
        Assert.Equal(3, dimensions[1].DimValue);
        Assert.Equal(TensorShapeProto.Types.Dimension.ValueOneofCase.None, dimensions[2].ValueCase);
        Assert.Equal(3, proto.Output[0].Type.TensorType.Shape.Dim.Count);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(18)]
    [InlineData(19)]
    [InlineData(20)]
    [InlineData(21)]
    public void Every_opset_that_is_offered_gives_the_same_outputs(int opset)
    {
        using IDisposable noGradients = no_grad();
        using var module = nn.Sequential(
            nn.Conv2d(2, 4, 3, padding: 1, padding_mode: PaddingModes.Reflect),
            nn.BatchNorm2d(4),
            nn.GELU(),
            nn.GroupNorm(2, 4, affine: false),
            nn.AvgPool2d(2),
            nn.Hardswish(),
            nn.MaxPool2d(2),
            nn.Flatten(2),
            nn.LayerNorm(4),
            nn.Linear(4, 3),
            nn.ReLU6(),
            nn.LogSoftmax(1));
        module.eval();
        OnnxTensorInfo[] inputs = [new("x", OnnxElementType.Float, ["batch", 2, 8, 8])];
        var options = new OnnxModelOptions { Opset = opset, IrVersion = opset > 20 ? 10 : 8 };
        using var session = new OnnxSession(OnnxExporter.Export(module, inputs, options: options));
        using Tensor input = randn(2, 2, 8, 8);
        ModelAssert.Same(module.call(input), session.Run(input)[0], 1e-5);
    }

    [Theory]
    [InlineData(16, 8)]
    [InlineData(22, 8)]
    [InlineData(17, 7)]
    public void Versions_that_the_nodes_are_not_valid_in_are_refused(int opset, int irVersion) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Minimal().ToModel(new OnnxModelOptions { Opset = opset, IrVersion = irVersion }));

    [Fact]
    public void A_graph_without_an_output_is_no_model()
    {
        var problem = Assert.Throws<InvalidOperationException>(() => OnnxExporter.Begin("empty").ToModel());
        Assert.Equal("Graph 'empty' has no output; call Output before ToModel.", problem.Message);
    }

    [Fact]
    public void An_operator_of_another_domain_needs_its_version()
    {
        OnnxGraph graph = OnnxExporter.Begin("custom");
        OnnxValue x = graph.Input("x", OnnxElementType.Float, "batch", 2);
        graph.Output("y", graph.AddNode("Gelu", [x], rank: 2, domain: "com.microsoft"));
        Assert.Contains("com.microsoft", Assert.Throws<InvalidOperationException>(() => graph.ToModel()).Message, StringComparison.Ordinal);

        var options = new OnnxModelOptions { DomainVersions = new Dictionary<string, int> { ["com.microsoft"] = 1 } };
        using var session = new OnnxSession(graph.ToModel(options));
        using Tensor input = randn(3, 2);
        ModelAssert.Same(nn.functional.gelu(input), session.Run(input)[0], 1e-6);
    }

    [Fact]
    public void Saving_replaces_the_file_and_leaves_nothing_else()
    {
        string path = Path.Combine(_folder, "model.onnx");
        File.WriteAllText(path, new string('x', 100_000));
        OnnxModel model = Minimal().ToModel();
        model.Save(path);
        Assert.Equal(model.ToBytes(), File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
        using var stream = new MemoryStream();
        model.Save(stream);
        Assert.Equal(model.ToBytes(), stream.ToArray());
    }

    [Fact]
    public void Saving_that_fails_leaves_nothing_behind()
    {
        string folderInTheWay = Directory.CreateDirectory(Path.Combine(_folder, "model.onnx")).FullName;
        var isFolder = Assert.Throws<IOException>(() => Minimal().ToModel().Save(folderInTheWay));
        var noFolder = Assert.Throws<DirectoryNotFoundException>(
            () => Minimal().ToModel().Save(Path.Combine(_folder, "missing", "model.onnx")));
        Assert.Contains($"'{folderInTheWay}', which is a folder", isFolder.Message, StringComparison.Ordinal);
        Assert.Contains("its folder doesn't exist", noFolder.Message, StringComparison.Ordinal);
        Assert.Equal([folderInTheWay], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_full_disk_leaves_the_older_file_and_nothing_else()
    {
        using var disk = SmallDisk.MountOrSkip(Path.Combine(_folder, "disk"), pages: 16);
        string path = disk["model.onnx"];
        File.WriteAllText(path, "older");
        using var large = nn.Linear(256, 256);
        Assert.Throws<IOException>(() => OnnxExporter.Export(large, "batch", 256).Save(path));
        Assert.Equal("older", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(disk.Path));
    }

    private static OnnxGraph Minimal()
    {
        OnnxGraph graph = OnnxExporter.Begin("minimal");
        graph.Output("y", graph.Relu(graph.Input("x", OnnxElementType.Float, "batch", 2)));
        return graph;
    }
}
