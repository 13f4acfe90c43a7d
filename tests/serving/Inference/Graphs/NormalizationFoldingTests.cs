using MnistAdder.Serving.Tests.Models;
using static MnistAdder.Serving.Tests.Models.TestModel;
using ElementType = MnistAdder.OnnxExport.Protobuf.TensorProto.Types.DataType;

namespace MnistAdder.Serving.Tests.Inference.Graphs;

public class NormalizationFoldingTests
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public void A_normalization_goes_into_the_convolution_before_it(bool hasBias, long groups) =>
        Assert.Equal(["Conv", "Relu"], Networks.Optimized(new TestModel()
            .Input("x", ElementType.Float, -1, 2, 6, 6)
            .Output("y", ElementType.Float, -1, 4, 4, 4)
            .Conv("conv", "x", "c", inputs: 2 / (int)groups, outputs: 4, hasBias, Attribute("group", groups))
            .Normalization("norm", "c", "n", 4, Attribute("epsilon", 0.01f))
            .Node("Relu", ["n"], ["y"])
            .ToBytes()));

    [Fact]
    public void A_normalization_goes_into_the_linear_layer_before_it_and_gives_the_graphs_output_its_name() =>
        Assert.Equal(["Gemm"], Networks.Optimized(new TestModel()
            .Input("x", ElementType.Float, -1, 5)
            .Output("y", ElementType.Float, -1, 3)
            .Gemm("linear", "x", "l", 5, 3, Attribute("transB", 1))
            .Normalization("norm", "l", "y", 3)
            .ToBytes()));

    [Fact]
    public void Layers_that_share_weights_get_weights_of_their_own() =>
        Assert.Equal(["Gemm", "Gemm", "Add"], Networks.Optimized(new TestModel()
            .Input("x", ElementType.Float, -1, 5)
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
            .Input("x", ElementType.Float, 3, 3)
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
            .Input("x", ElementType.Float, -1, 5)
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
            .Input("x", ElementType.Float, -1, 5)
            .Output("y", ElementType.Float, -1, 3)
            .Gemm("linear", "x", "l", 5, 3, Attribute("transB", 1))
            .Constant("scale", [1e38f, 1, 1], 3)
            .Constant("shift", [0f, 0, 0], 3)
            .Constant("variance", [0f, 1, 1], 3)
            .Node("BatchNormalization", ["l", "scale", "shift", "shift", "variance"], ["y"]);
        Networks.AssertUntouched(model.ToBytes());
    }

    private static TestModel Linear() => new TestModel()
        .Input("x", ElementType.Float, -1, 5)
        .Output("y", ElementType.Float, -1, 3)
        .Gemm("linear", "x", "l", 5, 3, Attribute("transB", 1))
        .Normalization("norm", "l", "y", 3);
}
