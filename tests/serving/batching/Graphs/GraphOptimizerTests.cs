using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.Onnx;
using MnistAdder.OnnxBatching.Graphs;
using MnistAdder.Tests.Support.Models;
using static MnistAdder.Tests.Support.Models.TestModel;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Graphs;

public class GraphOptimizerTests
{
    private static readonly string s_pretrained = Path.Combine(Repository.Root, "artifacts", "pretrained", "model.onnx");

    [Fact]
    public void The_pretrained_model_answers_as_before_with_fewer_nodes()
    {
        byte[] model = File.ReadAllBytes(s_pretrained);

        string[] operators = Networks.Optimized(model);

        Assert.True(operators.Length <= ModelProto.Parser.ParseFrom(model).Graph.Node.Count - 5, string.Join(' ', operators));
    }

    [Fact]
    public void A_network_of_recipe_seeds_kind_becomes_convolutions_and_linear_layers()
    {
        byte[] model = SeedLike();

        Assert.Equal(
            ["Cast", "Conv", "Relu", "Conv", "Relu", "MaxPool", "Conv", "Flatten", "Gemm", "Relu", "Gemm", "Softmax", "ArgMax"],
            Networks.Optimized(model));
    }

    [Fact]
    public void What_no_node_reads_any_more_goes_and_the_rest_of_the_file_stays()
    {
        ModelProto model = ModelProto.Parser.ParseFrom(SeedLike());
        model.ProducerName = "somebody";
        model.MetadataProps.Add(new StringStringEntryProto { Key = "key", Value = "value" });
        model.Graph.ValueInfo.Add(new ValueInfoProto { Name = "gone", Type = model.Graph.Input[0].Type });

        ModelProto optimized = ModelProto.Parser.ParseFrom(GraphOptimizer.Optimize(model.ToByteArray()));

        string[] read = [.. optimized.Graph.Node.SelectMany(node => node.Input)];
        Assert.All(optimized.Graph.Initializer, tensor => Assert.Contains(tensor.Name, read));
        Assert.Equal(model.Graph.Input, optimized.Graph.Input);
        Assert.Equal(model.Graph.Output, optimized.Graph.Output);
        Assert.Equal(model.MetadataProps, optimized.MetadataProps);
        Assert.Equal("somebody", optimized.ProducerName);
    }

    [Fact]
    public void A_shape_that_the_file_states_for_widened_channels_goes()
    {
        ModelProto model = ModelProto.Parser.ParseFrom(SeedLike());
        foreach ((string name, int[] shape) in new[] { ("norm2", new[] { 15, 24, 24 }), ("relu2", [15, 24, 24]), ("pool", [15, 12, 12]) })
        {
            var dimensions = new TensorShapeProto();
            dimensions.Dim.Add(shape.Prepend(3).Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
            model.Graph.ValueInfo.Add(new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new() { ElemType = (int)ElementType.Float, Shape = dimensions } } });
        }

        byte[] optimized = GraphOptimizer.Optimize(model.ToByteArray());

        Assert.Empty(ModelProto.Parser.ParseFrom(optimized).Graph.ValueInfo);
        Networks.AssertSameResults(model.ToByteArray(), optimized);
    }

    // Rounding tells a graph from the one that it is rewritten into, and is the same for the same graph.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_session_rewrites_the_graph_unless_it_is_asked_not_to(bool optimizes)
    {
        byte[] model = SeedLike(), rewritten = GraphOptimizer.Optimize(model);
        using var session = TestSession.Of(model, new InferenceOptions { Provider = ExecutionProvider.Cpu, OptimizesGraph = optimizes });

        float[] logits = Logits(session.Run);

        Assert.NotEqual(LogitsOf(model), LogitsOf(rewritten));
        Assert.Equal(LogitsOf(optimizes ? rewritten : model), logits);
    }

    // Fifteen channels of zeros after the activation, and a sixteenth would be.
    [Theory]
    [InlineData("Relu")]
    [InlineData("Sigmoid")]
    [InlineData("Tanh")]
    public void An_infinite_huge_or_tiny_pixel_gives_what_it_gave(string activation)
    {
        byte[] model = new TestModel()
            .Input("x", ElementType.Float, -1, 1, 6, 6)
            .Output("y", ElementType.Float, -1, 4, 1, 1)
            .Constant("kernels", Networks.Numbers("kernels", 15 * 9, least: -1, most: 0), 15, 1, 3, 3)
            .Constant("mixing", Networks.Numbers("mixing", 4 * 15), 4, 15, 1, 1)
            .Node("Conv", ["x", "kernels"], ["c"])
            .Node(activation, ["c"], ["a"])
            .Node("Conv", ["a", "mixing"], ["d"])
            .Node("GlobalAveragePool", ["d"], ["y"])
            .ToBytes();
        using InferenceSession before = new(model), after = new(GraphOptimizer.Optimize(model));
        using var options = new RunOptions();
        foreach (float pixel in (float[])[float.PositiveInfinity, float.NegativeInfinity, float.NaN, 3e38f, -3e38f, 1e-40f])
        {
            float[] pixels = Networks.Numbers("pixels", 36);
            pixels[14] = pixel;
            using var image = OrtValue.CreateTensorValueFromMemory(pixels, [1, 1, 6, 6]);
            using IDisposableReadOnlyCollection<OrtValue> expected = before.Run(options, ["x"], [image], ["y"]), actual = after.Run(options, ["x"], [image], ["y"]);

            Assert.Equal(expected[0].GetTensorDataAsSpan<float>(), actual[0].GetTensorDataAsSpan<float>());
        }
    }

    [Fact]
    public void Models_with_nothing_to_rewrite_stay_as_they_are()
    {
        Networks.AssertUntouched(TestModels.DigitSum());
        Networks.AssertUntouched(TestModels.TwoInputsTwoOutputs());
        Networks.AssertUntouched(TestModels.Identity(ElementType.String));
    }

    [Fact]
    public void A_cut_file_fails_as_it_would_have_without_the_optimiser()
    {
        byte[] model = SeedLike();
        Assert.All(Enumerable.Range(0, 400), part =>
        {
            byte[] cut = model[..(int)((long)model.Length * part / 400)];
            Assert.Equal(Failure(cut, optimizes: false), Failure(cut, optimizes: true));
        });
    }

    [Fact]
    public void A_damaged_file_raises_no_other_exception_than_that_it_is_damaged()
    {
        byte[] model = SeedLike();
        var random = new Random(3);
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = (byte[])model.Clone();
            for (int change = random.Next(1, 4); change > 0; change--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            GraphOptimizer.Optimize(damaged);
        }
    }

    [Fact]
    public void Nodes_without_inputs_or_names_and_values_that_are_made_twice_are_left_to_ONNX_Runtime()
    {
        foreach (string operation in (string[])["Conv", "Gemm", "BatchNormalization", "Cast", "Add", "Constant", "Relu"])
        {
            byte[] model = SeedLike();
            ModelProto odd = ModelProto.Parser.ParseFrom(model);
            odd.Graph.Node.Add(new NodeProto { OpType = operation });
            odd.Graph.Node.Add(new NodeProto { OpType = operation, Output = { "odd" } });
            odd.Graph.Node.Add(new NodeProto { OpType = operation, Input = { "" }, Output = { "" } });
            GraphOptimizer.Optimize(odd.ToByteArray());
            odd.Graph.Node.Add(new NodeProto { OpType = operation, Output = { "odd" } });
            byte[] twice = odd.ToByteArray();
            Assert.Same(twice, GraphOptimizer.Optimize(twice));
        }
    }

    [Fact]
    public void A_model_of_a_hundred_thousand_nodes_is_left_alone_at_once()
    {
        ModelProto model = ModelProto.Parser.ParseFrom(SeedLike());
        TensorProto number = new() { DataType = (int)ElementType.Float, FloatData = { 1 } };
        for (int i = 0; i < 100_000; i++)
        {
            model.Graph.Node.Add(new NodeProto
            {
                OpType = "Constant",
                Output = { $"unread{i}" },
                Attribute = { new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = number } },
            });
        }

        byte[] large = model.ToByteArray();
        Assert.Same(large, GraphOptimizer.Optimize(large));
    }

    private static float[] LogitsOf(byte[] model)
    {
        using var single = new SessionOptions { IntraOpNumThreads = 1 };
        using var options = new RunOptions();
        using var session = new InferenceSession(model, single);
        return Logits((inputs, values, outputs) => session.Run(options, inputs, values, outputs));
    }

    private static float[] Logits(Func<string[], OrtValue[], string[], IDisposableReadOnlyCollection<OrtValue>> run)
    {
        byte[] pixels = new byte[3 * 28 * 28];
        new Random(4).NextBytes(pixels);
        using var images = OrtValue.CreateTensorValueFromMemory(pixels, [3, 1, 28, 28]);
        using IDisposableReadOnlyCollection<OrtValue> outputs = run(["image"], [images], ["logits"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static string? Failure(byte[] model, bool optimizes)
    {
        try
        {
            using var session = TestSession.Of(model, new InferenceOptions { Provider = ExecutionProvider.Cpu, OptimizesGraph = optimizes });
            return null;
        }
        catch (InvalidDataException exception)
        {
            return exception.Message;
        }
    }

    private static byte[] SeedLike() => new TestModel()
        .Input("image", ElementType.Uint8, -1, 1, 28, 28)
        .Output("logits", ElementType.Float, -1, 10)
        .Output("probabilities", ElementType.Float, -1, 10)
        .Output("digit", ElementType.Int64, -1)
        .Constant("byte", [255f])
        .Constant("mean", [0.1307f])
        .Constant("deviation", [0.3081f])
        .Node("Cast", ["image"], ["grey"], Attribute("to", (long)ElementType.Float))
        .Node("Div", ["grey", "byte"], ["unit"])
        .Node("Sub", ["unit", "mean"], ["centred"])
        .Node("Div", ["centred", "deviation"], ["normal"])
        .Conv("conv1", "normal", "map1", 1, 10)
        .Normalization("batch1", "map1", "norm1", 10)
        .Node("Relu", ["norm1"], ["relu1"])
        .Conv("conv2", "relu1", "map2", 10, 15)
        .Normalization("batch2", "map2", "norm2", 15)
        .Node("Relu", ["norm2"], ["relu2"])
        .Node("MaxPool", ["relu2"], ["pool"], Attribute("kernel_shape", [2, 2]), Attribute("strides", [2, 2]))
        .Conv("conv3", "pool", "map3", 15, 4)
        .Node("Flatten", ["map3"], ["flat"])
        .Gemm("linear1", "flat", "hidden", 400, 32, Attribute("transB", 1))
        .Normalization("batch3", "hidden", "norm3", 32)
        .Node("Relu", ["norm3"], ["relu3"])
        .Gemm("linear2", "relu3", "logits", 32, 10, Attribute("transB", 1))
        .Node("Softmax", ["logits"], ["probabilities"], Attribute("axis", 1))
        .Node("ArgMax", ["logits"], ["digit"], Attribute("axis", 1), Attribute("keepdims", 0))
        .ToBytes();
}
