using MnistAdder.Onnx;
using MnistAdder.Onnx.Graphs;
using MnistAdder.Tests.Support.Models;
using static MnistAdder.Tests.Support.Models.TestModel;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Graphs;

public class ValueBoundsTests
{
    [Theory]
    [InlineData((int)ElementType.Bool, 1)]
    [InlineData((int)ElementType.Uint8, 255)]
    [InlineData((int)ElementType.Int8, 128)]
    [InlineData((int)ElementType.Int64, 9223372036854775808.0)]
    public void A_cast_to_floats_has_the_range_of_the_integers(int type, double expected) =>
        Assert.Equal(expected, Bound(new TestModel().Input("i", (ElementType)type, -1, 4).Node("Flatten", ["i"], ["f"]).Node("Cast", ["f"], ["y"], ToFloat)));

    [Theory]
    [InlineData((int)ElementType.Float)]
    [InlineData((int)ElementType.Float16)]
    [InlineData((int)ElementType.Double)]
    public void A_cast_of_what_may_be_infinite_has_none(int type) =>
        Assert.Null(Bound(new TestModel().Input("i", (ElementType)type, -1, 4).Node("Cast", ["i"], ["y"], ToFloat)));

    [Theory]
    [InlineData("Relu", 255.0)]
    [InlineData("Sigmoid", 1.0)]
    [InlineData("Tanh", 1.0)]
    [InlineData("Softmax", 1.0)]
    [InlineData("LeakyRelu", 255.0)]
    [InlineData("Exp", null)]
    [InlineData("Reciprocal", null)]
    [InlineData("UnknownOperator", null)]
    public void An_activation_has_the_bound_of_its_curve_where_its_input_has_one(string operation, double? expected)
    {
        Assert.Equal(expected, Bound(Bytes().Node(operation, ["x"], ["y"])));
        Assert.Null(Bound(new TestModel().Input("x", ElementType.Float, -1, 4).Node(operation, ["x"], ["y"])));
    }

    [Theory]
    [InlineData("Add", 2f, 257.0)]
    [InlineData("Sub", -2f, 257.0)]
    [InlineData("Mul", -2f, 510.0)]
    [InlineData("Div", -2f, 127.5)]
    [InlineData("Div", 0f, null)]
    [InlineData("Mul", float.NaN, null)]
    [InlineData("Add", float.PositiveInfinity, null)]
    [InlineData("Mul", 1e28f, null)]
    public void Arithmetic_with_a_constant_moves_it(string operation, float constant, double? expected) =>
        Assert.Equal(expected, Bound(Bytes().Constant("c", [constant]).Node(operation, ["x", "c"], ["y"])));

    [Fact]
    public void Layers_of_weights_have_the_sum_of_their_magnitudes()
    {
        TestModel Layer() => Bytes().Constant("w", [1f, -2, 3, 4], 2, 2).Constant("b", [-10f, 1], 2);
        Assert.Equal((255 * 7) + 10, Bound(Layer().Node("Gemm", ["x", "w", "b"], ["y"], Attribute("transB", 1))));
        Assert.Equal((255 * 6) + 10, Bound(Layer().Node("Gemm", ["x", "w", "b"], ["y"])));
        Assert.Equal((2 * 255 * 6) + 10, Bound(Layer().Node("Gemm", ["x", "w", "b"], ["y"], Attribute("alpha", -2f))));
        Assert.Equal(255 * 6, Bound(Layer().Node("MatMul", ["x", "w"], ["y"])));
        Assert.Null(Bound(Layer().Node("MatMul", ["w", "x"], ["y"])));
        Assert.Equal((255 * 4) + 10, Bound(Layer().Constant("k", [1f, -2, 3, 4], 4, 1, 1, 1).Node("Conv", ["x", "k", "b"], ["y"])));
    }

    [Fact]
    public void A_clip_by_numbers_has_a_bound_and_one_by_an_input_has_none()
    {
        TestModel Limits() => Bytes().Input("limit", ElementType.Float).Constant("most", [300f]).Constant("nan", [float.NaN]);
        Assert.Equal(300, Bound(Limits().Node("Clip", ["x", "", "most"], ["y"])));
        Assert.Null(Bound(Limits().Node("Clip", ["x", "", "limit"], ["y"])));
        Assert.Null(Bound(Limits().Node("Clip", ["x", "nan"], ["y"])));
    }

    // Of the greatest of some numbers, NaN is easily lost.
    [Fact]
    public void One_channel_that_is_no_number_leaves_none()
    {
        TestModel Parameters() => Bytes().Constant("ones", [1f, 1], 2).Constant("variances", [-1f, 1], 2).Constant("nan", [float.NaN, 0], 1, 2);
        Assert.Null(Bound(Parameters().Node("BatchNormalization", ["x", "ones", "ones", "ones", "variances"], ["y"])));
        Assert.Null(Bound(Parameters().Node("Concat", ["x", "nan"], ["y"], Attribute("axis", 1))));
        Assert.Null(Bound(Parameters().Node("Div", ["x", "nan"], ["y"])));
    }

    // Integers wrap around: 0 − 1 is 255.
    [Fact]
    public void Arithmetic_of_integers_has_none() =>
        Assert.Null(Bound(new TestModel().Input("a", ElementType.Uint8, -1, 4).Node("Sub", ["a", "a"], ["d"]).Node("Cast", ["d"], ["y"], ToFloat)));

    [Fact]
    public void What_an_input_can_override_has_none() =>
        Assert.Null(Bound(Bytes().Input("c", ElementType.Float).Constant("c", [2f]).Node("Add", ["x", "c"], ["y"])));

    private static AttributeProto ToFloat => Attribute("to", (long)ElementType.Float);

    private static TestModel Bytes() => new TestModel().Input("i", ElementType.Uint8, -1, 2).Node("Cast", ["i"], ["x"], ToFloat);

    private static double? Bound(TestModel model) =>
        ValueBounds.Of(ModelGraph.TryCreate(ModelProto.Parser.ParseFrom(model.ToBytes()).Graph)!).Of("y");
}
