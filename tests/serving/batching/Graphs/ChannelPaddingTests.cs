using MnistAdder.Onnx;
using MnistAdder.OnnxBatching.Graphs;
using MnistAdder.Tests.Support.Models;
using static MnistAdder.Tests.Support.Models.TestModel;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Graphs;

public class ChannelPaddingTests
{
    [Theory]
    [InlineData(15, false)]
    [InlineData(15, true)]
    [InlineData(31, true)]
    [InlineData(60, false)]
    public void Channels_just_short_of_a_block_are_made_up_to_it_as_far_as_the_next_convolutions(int channels, bool hasBias)
    {
        byte[] model = TwoReaders(channels, hasBias).ToBytes();

        Assert.Equal(["Cast", "Conv", "Relu", "MaxPool", "Clip", "Conv", "Conv"], Networks.Optimized(model));
        Assert.Equal([[(channels + 15) / 16 * 16L, 2, 3, 3], [4, (channels + 15) / 16 * 16L, 3, 3], [5, (channels + 15) / 16 * 16L, 3, 3]], Weights(model));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(14)]
    [InlineData(16)]
    [InlineData(29)]
    public void Channels_far_from_a_block_or_in_one_stay(int channels) => Networks.AssertUntouched(TwoReaders(channels, hasBias: false).ToBytes());

    [Fact]
    public void Channels_that_the_graph_gives_out_stay()
    {
        Networks.AssertUntouched(TwoReaders(15, hasBias: false).Output("pooled", ElementType.Float, -1, 15, 5, 5).ToBytes());
        Networks.AssertUntouched(new TestModel()
            .Bits("x", -1, 2, 12, 12)
            .Output("y", ElementType.Float, -1, 15, 10, 10)
            .Conv("first", "x", "y", 2, 15)
            .ToBytes());
    }

    [Fact]
    public void Channels_that_are_read_by_what_mixes_or_counts_them_stay() =>
        Assert.All(
            new Func<TestModel, TestModel>[]
            {
                model => model.Node("Softmax", ["c"], ["m"], Attribute("axis", 1)),
                model => model.Node("Flatten", ["c"], ["m"]),
                model => model.Node("Add", ["c", "c"], ["m"]),
                model => model.Constant("offsets", Networks.Numbers("offsets", 15), 15, 1, 1).Node("Add", ["c", "offsets"], ["m"]),
                model => model.NormalizationParameters("norm", 15).Node("Relu", ["c"], ["r"]).Node("BatchNormalization", ["r", "norm.scale", "norm.shift", "norm.mean", "norm.variance"], ["m"]),
                model => model.Node("MaxPool", ["c"], ["m", "places"], Attribute("kernel_shape", [2, 2])),
                model => model.Constant("kernels", Networks.Numbers("kernels", 15 * 9), 15, 1, 3, 3).Node("Conv", ["c", "kernels"], ["m"], Attribute("group", 15)),
            },
            middle => Networks.AssertUntouched(middle(new TestModel()
                .Bits("x", -1, 2, 12, 12)
                .Output("y", ElementType.Float)
                .Conv("first", "x", "c", 2, 15)).Node("ReduceSum", ["m"], ["y"], Attribute("keepdims", 0)).ToBytes()));

    [Fact]
    public void Weights_that_are_computed_stay() =>
        Networks.AssertUntouched(new TestModel()
            .Bits("x", -1, 2, 12, 12)
            .Output("y", ElementType.Float, -1, 4, 8, 8)
            .Conv("first", "x", "c", 2, 15)
            .Constant("kernels", Networks.Numbers("kernels", 4 * 15 * 9), 4, 15, 3, 3)
            .Node("Neg", ["kernels"], ["negative"])
            .Node("Conv", ["c", "negative"], ["y"])
            .ToBytes());

    [Theory]
    [InlineData(9)]
    [InlineData(20)]
    public void Weights_that_do_not_fit_the_channels_are_left_to_ONNX_Runtime(int inputs)
    {
        byte[] model = new TestModel()
            .Bits("x", -1, 2, 12, 12)
            .Output("y", ElementType.Float, -1, 4, 8, 8)
            .Conv("first", "x", "c", 2, 15)
            .Conv("second", "c", "y", inputs, 4)
            .ToBytes();
        Assert.Same(model, GraphOptimizer.Optimize(model));
    }

    [Fact]
    public void A_convolution_that_was_widened_can_still_be_read_by_one_that_is() =>
        Assert.Equal(["Cast", "Conv", "LeakyRelu", "Conv", "Sigmoid", "Conv"], Networks.Optimized(new TestModel()
            .Bits("x", -1, 2, 12, 12)
            .Output("y", ElementType.Float, -1, 3, 6, 6)
            .Conv("first", "x", "c", 2, 15)
            .Node("LeakyRelu", ["c"], ["r"])
            .Conv("second", "r", "d", 15, 15, hasBias: true)
            .Node("Sigmoid", ["d"], ["s"])
            .Conv("third", "s", "y", 15, 3)
            .ToBytes()));

    [Fact]
    public void What_comes_of_an_input_of_floats_stays()
    {
        Networks.AssertUntouched(TwoReaders(new TestModel().Input("x", ElementType.Float, -1, 2, 12, 12), 15, hasBias: true).ToBytes());
        // The tanh of NaN is NaN. What is bounded beside it doesn't help.
        Networks.AssertUntouched(TwoReaders(new TestModel().Bits("b", 1).Input("f", ElementType.Float, -1, 2, 12, 12).Node("Tanh", ["f"], ["x"]), 15, hasBias: true).ToBytes());
        Networks.AssertUntouched(TwoReaders(new TestModel().Bits("b", 1).Input("f", ElementType.Float, -1, 2, 12, 12).Node("Mul", ["b", "f"], ["x"]), 15, hasBias: true).ToBytes());
    }

    [Fact]
    public void Activations_that_may_give_no_finite_number_for_zeros_stay() =>
        Assert.All(
            new Func<TestModel, TestModel>[]
            {
                model => model.Node("LeakyRelu", ["c"], ["a"], Attribute("alpha", float.PositiveInfinity)),
                model => model.Constant("least", [float.NaN]).Node("Clip", ["c", "least"], ["a"]),
                model => model.Constant("most", [3e38f]).Node("Clip", ["c", "", "most"], ["a"]),
                model => model.Input("least", ElementType.Float).Node("Clip", ["c", "least"], ["a"]),
                model => model.Node("MaxPool", ["c"], ["a"], Attribute("kernel_shape", [2, 2]), Attribute("dilations", [9, 9]), Attribute("pads", [1, 1, 1, 1])),
            },
            activation => Networks.AssertUntouched(activation(new TestModel()
                .Bits("x", -1, 2, 12, 12)
                .Output("y", ElementType.Float)
                .Conv("first", "x", "c", 2, 15)).Conv("second", "a", "d", 15, 4, hasBias: false, Attribute("pads", [1, 1, 1, 1])).Node("ReduceSum", ["d"], ["y"], Attribute("keepdims", 0)).ToBytes()));

    [Fact]
    public void A_reader_that_ONNX_Runtime_will_put_constants_into_stays() =>
        Networks.AssertUntouched(new TestModel()
            .Bits("x", -1, 2, 12, 12)
            .Output("y", ElementType.Float, -1, 4, 8, 8)
            .Constant("infinity", [float.PositiveInfinity])
            .Conv("first", "x", "c", 2, 15)
            .Conv("second", "c", "d", 15, 4)
            .Node("Mul", ["d", "infinity"], ["y"])
            .ToBytes());

    private static TestModel TwoReaders(int channels, bool hasBias) => TwoReaders(new TestModel().Bits("x", -1, 2, 12, 12), channels, hasBias);

    private static TestModel TwoReaders(TestModel x, int channels, bool hasBias) => x
        .Output("y", ElementType.Float, -1, 4, 3, 3)
        .Output("z", ElementType.Float, -1, 5, 3, 3)
        .Constant("least", [0.1f])
        .Conv("first", "x", "c", 2, channels, hasBias)
        .Node("Relu", ["c"], ["r"])
        .Node("MaxPool", ["r"], ["pooled"], Attribute("kernel_shape", [2, 2]), Attribute("strides", [2, 2]))
        .Node("Clip", ["pooled", "least"], ["clipped"])
        .Conv("second", "clipped", "y", channels, 4)
        .Conv("third", "clipped", "z", channels, 5, hasBias);

    private static IEnumerable<long[]> Weights(byte[] model)
    {
        GraphProto graph = ModelProto.Parser.ParseFrom(GraphOptimizer.Optimize(model)).Graph;
        return graph.Node.Where(node => node.OpType == "Conv")
            .Select(node => graph.Initializer.Single(tensor => tensor.Name == node.Input[1]).Dims.ToArray());
    }
}
