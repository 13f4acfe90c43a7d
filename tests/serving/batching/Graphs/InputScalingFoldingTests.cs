using MnistAdder.Tests.Support.Models;
using static MnistAdder.Tests.Support.Models.TestModel;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Graphs;

public class InputScalingFoldingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Scales_and_shifts_of_bytes_go_into_a_convolution_without_padding(bool hasBias) =>
        Assert.Equal(["Cast", "Conv"], Networks.Optimized(Normalized().Conv("conv", "deviation", "y", 2, 4, hasBias).ToBytes()));

    [Fact]
    public void Each_group_of_a_convolution_has_a_shift_of_its_own() =>
        Assert.Equal(["Cast", "Conv"], Networks.Optimized(Normalized().Conv("conv", "deviation", "y", 1, 4, hasBias: false, Attribute("group", 2)).ToBytes()));

    [Fact]
    public void Before_a_convolution_with_padding_one_shift_is_left() =>
        Assert.Equal(["Cast", "Add", "Conv"], Networks.Optimized(Normalized(side: 6).Conv("conv", "deviation", "y", 2, 4, hasBias: true, Attribute("pads", [1, 1, 1, 1])).ToBytes()));

    [Theory]
    [InlineData("SAME_UPPER", new[] { "Cast", "Add", "Conv" })]
    [InlineData("VALID", new[] { "Cast", "Conv" })]
    public void Padding_by_name_is_padding(string kind, string[] operators) =>
        Assert.Equal(operators, Networks.Optimized(Normalized(side: kind == "VALID" ? 4 : 6).Conv("conv", "deviation", "y", 2, 4, hasBias: false, Attribute("auto_pad", kind)).ToBytes()));

    [Fact]
    public void A_scale_alone_goes_into_a_convolution_with_padding() =>
        Assert.Equal(["Cast", "Conv"], Networks.Optimized(Bytes(side: 6)
            .Constant("byte", [255f])
            .Node("Div", ["float", "byte"], ["unit"])
            .Conv("conv", "unit", "y", 2, 4, hasBias: false, Attribute("pads", [1, 1, 1, 1]))
            .ToBytes()));

    [Fact]
    public void Constants_stand_on_either_side_of_a_product_or_a_sum() =>
        Assert.Equal(["Cast", "Conv"], Networks.Optimized(Bytes()
            .Constant("factor", [0.01f], 1)
            .Constant("offset", [-0.4f], 1)
            .Node("Mul", ["factor", "float"], ["unit"])
            .Node("Add", ["offset", "unit"], ["centred"])
            .Conv("conv", "centred", "y", 2, 4)
            .ToBytes()));

    [Fact]
    public void A_shift_alone_before_padding_stays() =>
        Networks.AssertUntouched(Bytes(side: 6)
            .Constant("mean", [33f])
            .Node("Sub", ["float", "mean"], ["centred"])
            .Conv("conv", "centred", "y", 2, 4, hasBias: false, Attribute("pads", [1, 1, 1, 1]))
            .ToBytes());

    [Fact]
    public void A_difference_or_quotient_the_other_way_round_stays() =>
        Assert.All(["Sub", "Div"], operation => Networks.AssertUntouched(Bytes()
            .Constant("byte", [255f])
            .Node(operation, ["byte", "float"], ["other"])
            .Conv("conv", "other", "y", 2, 4)
            .ToBytes()));

    [Fact]
    public void A_number_for_each_channel_stays() =>
        Networks.AssertUntouched(Bytes()
            .Constant("factors", [0.1f, 0.2f], 1, 2, 1, 1)
            .Node("Mul", ["float", "factors"], ["scaled"])
            .Conv("conv", "scaled", "y", 2, 4)
            .ToBytes());

    [Fact]
    public void Scaled_values_that_are_read_elsewhere_stay()
    {
        Networks.AssertUntouched(Normalized().Output("unit", ElementType.Float, -1, 2, 6, 6).Conv("conv", "deviation", "y", 2, 4).ToBytes());
        Networks.AssertUntouched(Normalized().Output("z", ElementType.Float, -1, 2, 6, 6).Conv("conv", "deviation", "y", 2, 4).Node("Relu", ["centred"], ["z"]).ToBytes());
    }

    [Fact]
    public void Inputs_of_a_range_that_nobody_knows_stay() =>
        Networks.AssertUntouched(new TestModel()
            .Input("x", ElementType.Float, -1, 2, 6, 6)
            .Output("y", ElementType.Float, -1, 4, 4, 4)
            .Constant("mean", [1e6f])
            .Node("Sub", ["x", "mean"], ["centred"])
            .Conv("conv", "centred", "y", 2, 4)
            .ToBytes());

    [Fact]
    public void A_shift_far_beyond_a_byte_stays() =>
        Networks.AssertUntouched(Bytes()
            .Constant("mean", [1e6f])
            .Node("Sub", ["float", "mean"], ["centred"])
            .Conv("conv", "centred", "y", 2, 4)
            .ToBytes());

    // What two nodes do may be ordinary, and what the first gives isn't: 1e20 takes every byte's digits, 1e-42 most of them.
    [Theory]
    [InlineData("Add", 1e20f, "Sub", 1e20f)]
    [InlineData("Mul", 1e-42f, "Div", 1e-42f)]
    [InlineData("Mul", 1e30f, "Mul", 1e-30f)]
    [InlineData("Add", 1e-30f, "Mul", 2f)]
    [InlineData("Mul", 0f, "Add", 1f)]
    [InlineData("Div", 0f, "Mul", 0f)]
    [InlineData("Add", float.NaN, "Mul", 1f)]
    public void Detours_by_numbers_of_no_ordinary_size_stay(string first, float one, string second, float other) =>
        Networks.AssertUntouched(Bytes()
            .Constant("one", [one])
            .Constant("other", [other])
            .Node(first, ["float", "one"], ["detour"])
            .Node(second, ["detour", "other"], ["scaled"])
            .Conv("conv", "scaled", "y", 2, 4)
            .ToBytes());

    [Fact]
    public void A_convolution_that_ONNX_Runtime_will_put_constants_into_stays() =>
        Networks.AssertUntouched(Normalized()
            .Constant("scale", [3e38f, 1, 1, 1], 4)
            .Constant("zeros", [0f, 0, 0, 0], 4)
            .Constant("ones", [1f, 1, 1, 1], 4)
            .Conv("conv", "deviation", "c", 2, 4)
            .Node("BatchNormalization", ["c", "scale", "zeros", "zeros", "ones"], ["y"])
            .ToBytes());

    private static TestModel Bytes(int side = 4) => new TestModel()
        .Input("x", ElementType.Uint8, -1, 2, 6, 6)
        .Output("y", ElementType.Float, -1, 4, side, side)
        .Node("Cast", ["x"], ["float"], Attribute("to", (long)ElementType.Float));

    private static TestModel Normalized(int side = 4) => Bytes(side)
        .Constant("byte", [255f])
        .Constant("mean", [0.1307f])
        .Constant("deviation.constant", [0.3081f])
        .Node("Div", ["float", "byte"], ["unit"])
        .Node("Sub", ["unit", "mean"], ["centred"])
        .Node("Div", ["centred", "deviation.constant"], ["deviation"]);
}
