using MnistAdder.OnnxBatching.Independence;
using MnistAdder.OnnxBatching.Independence.Flows;
using MnistAdder.OnnxBatching.Models;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Independence;

/// <summary>Asks what is known of small models' output y.</summary>
internal static class Verdict
{
    /// <summary>A model with the input x of floats, of any number of rows of a shape.</summary>
    public static TestModel Model(params int[] row) => new TestModel().Input("x", ElementType.Float, [-1, .. row]).OutputOfAnyShape("y", ElementType.Float);

    /// <summary>What is known of y.</summary>
    public static Flow Of(TestModel model, int opset = 18, params string[] otherInputs) =>
        GraphFlow.Follow(ModelOutline.Of(model.ToBytes(opset)).Model!, ["x", .. otherInputs], ["y"])[0];

    /// <summary>Rows stand for themselves, one after the other.</summary>
    public static void IsProven(TestModel model, int opset = 18, params string[] otherInputs)
    {
        Flow flow = Of(model, opset, otherInputs);
        Assert.True(flow.Kind == FlowKind.PerRow && flow.Before == Size.One, $"{flow.Kind}: {flow.Reason}");
    }

    /// <summary>Rows are known to meet, for a reason that says this.</summary>
    public static void IsMixed(TestModel model, string reason, int opset = 18, params string[] otherInputs)
    {
        Flow flow = Of(model, opset, otherInputs);
        Assert.Equal(FlowKind.Mixed, flow.Kind);
        Assert.Contains(reason, flow.Reason, StringComparison.Ordinal);
    }

    /// <summary>Nothing is known, for a reason that says this.</summary>
    public static void IsUnknown(TestModel model, string reason, int opset = 18, params string[] otherInputs)
    {
        Flow flow = Of(model, opset, otherInputs);
        Assert.Equal(FlowKind.Unknown, flow.Kind);
        Assert.Contains(reason, flow.Reason, StringComparison.Ordinal);
    }
}
