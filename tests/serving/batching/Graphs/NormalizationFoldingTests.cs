using Google.Protobuf;
using MnistAdder.Onnx;
using MnistAdder.OnnxBatching.Graphs;
using MnistAdder.Tests.Support.Models;
using static MnistAdder.Tests.Support.Models.TestModel;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Graphs;

public class NormalizationFoldingTests
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public void A_normalization_goes_into_the_convolution_before_it(bool hasBias, long groups) =>
        Assert.Equal(["Cast", "Conv", "Relu"], Networks.Optimized(new TestModel()
            .Bits("x", -1, 2, 6, 6)
            .Output("y", ElementType.Float, -1, 4, 4, 4)
            .Conv("conv", "x", "c", inputs: 2 / (int)groups, outputs: 4, hasBias, Attribute("group", groups))
            .Normalization("norm", "c", "n", 4, Attribute("epsilon", 0.01f))
            .Node("Relu", ["n"], ["y"])
            .ToBytes()));

    [Fact]
    public void A_normalization_goes_into_the_linear_layer_before_it_and_gives_the_graphs_output_its_name() =>
        Assert.Equal(["Cast", "Gemm"], Networks.Optimized(new TestModel()
            .Bits("x", -1, 5)
            .Output("y", ElementType.Float, -1, 3)
            .Gemm("linear", "x", "l", 5, 3, Attribute("transB", 1))
            .Normalization("norm", "l", "y", 3)
            .ToBytes()));

    [Theory]
    [InlineData(false, "Cast", "Conv", "MaxPool", "Relu")]
    [InlineData(true, "Cast", "Conv", "MaxPool", "BatchNormalization", "Relu")]
    public void A_normalization_goes_past_a_max_pool_unless_it_turns_the_greatest_into_the_least(bool turns, params string[] operators) =>
        Assert.Equal(operators, Networks.Optimized(Pooled(least: turns ? -0.5 : 0.1).ToBytes()));

    [Fact]
    public void A_channel_of_which_only_the_shift_is_left_goes_past_a_max_pool_as_well() =>
        Assert.Equal(["Cast", "Conv", "MaxPool", "Relu"], Networks.Optimized(WithFirst(Pooled(least: 0.1), "norm.scale", 0f)));

    [Fact]
    public void A_normalization_doesnt_go_past_a_pool_that_says_where_its_greatest_are_that_something_else_reads_or_whose_windows_may_be_empty()
    {
        Networks.AssertUntouched(Pooled(least: 0.1, places: true).ToBytes());
        Networks.AssertUntouched(Pooled(least: 0.1).OutputOfAnyShape("p", ElementType.Float).ToBytes());
        Networks.AssertUntouched(Pooled(least: 0.1).OutputOfAnyShape("c", ElementType.Float).ToBytes());
        Networks.AssertUntouched(Pooled(least: 0.1, attributes: Attribute("dilations", [2, 2])).ToBytes());
        Networks.AssertUntouched(Pooled(least: 0.1, pool: "AveragePool").ToBytes());
    }

    [Fact]
    public void A_normalization_of_what_comes_of_an_input_of_floats_stays()
    {
        Networks.AssertUntouched(Linear(new TestModel().Input("x", ElementType.Float, -1, 5)).ToBytes());
        Networks.AssertUntouched(Linear(new TestModel().Input("z", ElementType.Float, -1, 5).Node("Sigmoid", ["z"], ["x"])).ToBytes());
        // What is bounded beside it doesn't help.
        Networks.AssertUntouched(Linear(new TestModel().Bits("b", -1, 5).Input("z", ElementType.Float, -1, 5).Node("Add", ["b", "z"], ["x"])).ToBytes());
    }

    [Fact]
    public void Layers_that_share_weights_get_weights_of_their_own() =>
        Assert.Equal(["Cast", "Gemm", "Gemm", "Add"], Networks.Optimized(new TestModel()
            .Bits("x", -1, 5)
            .Output("y", ElementType.Float, -1, 3)
            .Gemm("linear", "x", "l", 5, 3, Attribute("transB", 1))
            .Node("Gemm", ["x", "linear.weight", "linear.bias"], ["other"], Attribute("transB", 1))
            .Normalization("norm", "l", "n", 3)
            .Node("Add", ["n", "other"], ["y"])
            .ToBytes()));

    [Theory]
    [InlineData("transB", 0)]
    [InlineData("transA", 1)]
    [InlineData("alpha", 0)]
    [InlineData("beta", 0)]
    public void A_product_of_another_kind_stays(string attribute, int value) =>
        Networks.AssertUntouched(new TestModel()
            .Bits("x", 3, 3)
            .Output("y", ElementType.Float, 3, 3)
            .Gemm("linear", "x", "l", 3, 3,
            [
                .. attribute == "transB" ? [] : new[] { Attribute("transB", 1) },
                attribute is "alpha" or "beta" ? Attribute(attribute, 0.5f) : Attribute(attribute, (long)value),
            ])
            .Normalization("norm", "l", "y", 3)
            .ToBytes());

    [Fact]
    public void A_value_that_the_graph_gives_out_as_well_stays() =>
        Networks.AssertUntouched(Linear().Output("l", ElementType.Float, -1, 3).ToBytes());

    [Fact]
    public void A_value_that_something_else_reads_as_well_stays() =>
        Networks.AssertUntouched(Linear().Output("z", ElementType.Float, -1, 3).Node("Relu", ["l"], ["z"]).ToBytes());

    [Fact]
    public void A_value_that_a_graph_inside_a_node_reads_as_well_stays() =>
        Networks.AssertUntouched(Linear()
            .Input("choice", ElementType.Bool, 1)
            .Output("z", ElementType.Float, -1, 3)
            .Node("If", ["choice"], ["z"])
            .InnerGraph("then_branch", "Relu", ["l"], "yes")
            .InnerGraph("else_branch", "Neg", ["l"], "no")
            .ToBytes());

    [Fact]
    public void Parameters_that_an_input_can_override_stay() =>
        Networks.AssertUntouched(Linear().Input("norm.mean", ElementType.Float, 3).ToBytes());

    [Fact]
    public void Operators_of_another_domain_or_of_an_older_kind_stay()
    {
        Networks.AssertUntouched(Linear().ToBytes(opset: 12));
        Networks.AssertUntouched(new TestModel()
            .Bits("x", -1, 5)
            .Output("y", ElementType.Float, -1, 3)
            .Constant("linear.weight", Networks.Numbers("w", 15), 3, 5)
            .Node("com.microsoft", "FusedGemm", ["x", "linear.weight"], ["l"], Attribute("transB", 1), Attribute("activation", "Relu"))
            .Normalization("norm", "l", "y", 3)
            .ToBytes());
    }

    [Fact]
    public void Weights_that_would_be_no_numbers_stay()
    {
        TestModel model = new TestModel()
            .Bits("x", -1, 5)
            .Output("y", ElementType.Float, -1, 3)
            .Gemm("linear", "x", "l", 5, 3, Attribute("transB", 1))
            .Constant("scale", [1e38f, 1, 1], 3)
            .Constant("shift", [0f, 0, 0], 3)
            .Constant("variance", [0f, 1, 1], 3)
            .Node("BatchNormalization", ["l", "scale", "shift", "shift", "variance"], ["y"]);
        Networks.AssertUntouched(model.ToBytes());
    }

    // A mean that the layer can't reach and its shift doesn't dwarf; a factor, a weight, and a product near to where floats end.
    [Theory]
    [InlineData("norm.mean", 1e4f)]
    [InlineData("norm.scale", 1e11f)]
    [InlineData("norm.scale", 1e-30f)]
    [InlineData("norm.variance", 1e30f)]
    [InlineData("norm.variance", -1f)]
    [InlineData("linear.weight", 1e-40f)]
    [InlineData("linear.weight", 3e29f)]
    [InlineData("linear.weight", float.NaN)]
    [InlineData("linear.bias", float.NegativeInfinity)]
    [InlineData("norm.shift", 2e30f)]
    public void Numbers_of_no_ordinary_size_stay(string constant, float number) =>
        Networks.AssertUntouched(WithFirst(Linear(), constant, number));

    // It would multiply them by weights other than the file's, and these may overflow.
    [Theory]
    [InlineData("Mul")]
    [InlineData("Add")]
    public void A_layer_that_ONNX_Runtime_will_put_constants_into_stays(string operation)
    {
        TestModel model = new TestModel()
            .Bits("x", -1, 5)
            .Output("z", ElementType.Float, -1, 3)
            .Gemm("linear", "x", "l", 5, 3, Attribute("transB", 1))
            .Normalization("norm", "l", "y", 3)
            .Constant("huge", [3e38f]);
        Networks.AssertUntouched(model.Node(operation, ["y", "huge"], ["z"]).ToBytes());
    }

    [Fact]
    public void A_channel_that_is_pruned_is_folded_with_the_others() =>
        Assert.Equal(["Cast", "Gemm"], Networks.Optimized(WithFirst(Linear(), "norm.scale", 0f)));

    [Fact]
    public void An_attribute_that_ONNX_Runtime_may_refuse_is_left_to_it()
    {
        byte[] model = new TestModel()
            .Bits("x", -1, 5)
            .Output("y", ElementType.Float, -1, 3)
            .Gemm("linear", "x", "l", 5, 3, Attribute("transB", 1))
            .Normalization("norm", "l", "y", 3, Attribute("spatial", 1))
            .ToBytes();
        Assert.Same(model, GraphOptimizer.Optimize(model));
    }

    private static byte[] WithFirst(TestModel model, string constant, float number)
    {
        var changed = ModelProto.Parser.ParseFrom(model.ToBytes());
        changed.Graph.Initializer.Single(tensor => tensor.Name == constant).FloatData[0] = number;
        return changed.ToByteArray();
    }

    private static TestModel Pooled(double least, string pool = "MaxPool", bool places = false, params AttributeProto[] attributes) => new TestModel()
        .Bits("x", -1, 2, 10, 10)
        .OutputOfAnyShape("y", ElementType.Float)
        .Conv("conv", "x", "c", inputs: 2, outputs: 4, hasBias: true)
        .Node(pool, ["c"], places ? ["p", "places"] : ["p"], [Attribute("kernel_shape", [2, 2]), Attribute("strides", [2, 2]), .. attributes])
        .Constant("norm.scale", Networks.Numbers("norm.scale", 4, least), 4)
        .Constant("norm.shift", Networks.Numbers("norm.shift", 4), 4)
        .Constant("norm.mean", Networks.Numbers("norm.mean", 4), 4)
        .Constant("norm.variance", Networks.Numbers("norm.variance", 4, 0.1, 2), 4)
        .Node("BatchNormalization", ["p", "norm.scale", "norm.shift", "norm.mean", "norm.variance"], ["n"])
        .Node("Relu", ["n"], ["y"]);

    private static TestModel Linear() => Linear(new TestModel().Bits("x", -1, 5));

    private static TestModel Linear(TestModel x) => x
        .Output("y", ElementType.Float, -1, 3)
        .Gemm("linear", "x", "l", 5, 3, Attribute("transB", 1))
        .Normalization("norm", "l", "y", 3);
}
