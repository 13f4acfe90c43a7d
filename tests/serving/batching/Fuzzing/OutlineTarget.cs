using MnistAdder.Fuzzing;
using MnistAdder.OnnxBatching.Independence;
using MnistAdder.OnnxBatching.Independence.Flows;
using MnistAdder.OnnxBatching.Models;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Fuzzing;

/// <summary>The outline of an ONNX file, and the way of its rows through the graph: what is read of a model before ONNX Runtime has seen it.</summary>
internal sealed class OutlineTarget() : FuzzTarget("outline", new FuzzLimits(ManagedBytes: 64 << 20))
{
    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        TestModels.DigitSum(),
        TestModels.TwoInputsTwoOutputs(),
        TestModels.LargeBatchesDoNotFit(3),
        TestModels.Identity(ElementType.String),
        Shapes(),
        Branches(),
    ];

    /// <inheritdoc/>
    public override bool Parse(byte[] input)
    {
        var outline = ModelOutline.Of(input);
        if (outline.Model is not { } model)
            return false;
        IReadOnlyList<Flow> flows = GraphFlow.Follow(model, [.. model.Graph.Input.Select(value => value.Name)], [.. model.Graph.Output.Select(value => value.Name)]);
        FuzzException.Require(flows.Count == model.Graph.Output.Count, "An output is missing.");
        FuzzException.Require(flows.All(flow => flow.Kind != FlowKind.PerRow || flow.Axis < flow.Shape!.Length), "Rows lie outside their value.");
        return true;
    }

    // What a network of attention does to shapes.
    private static byte[] Shapes() => new TestModel()
        .Input("x", ElementType.Float, -1, -1, 8)
        .Output("y", ElementType.Float, -1, -1, 8)
        .Constant("zero", [0L], 1)
        .Constant("one", [1L], 1)
        .Constant("heads", [2L, 4L], 2)
        .Constant("rest", [-1L], 1)
        .Node("Shape", ["x"], ["shape"])
        .Node("Slice", ["shape", "zero", "one"], ["batch"])
        .Node("Concat", ["batch", "rest", "heads"], ["split"], TestModel.Attribute("axis", 0))
        .Node("Reshape", ["x", "split"], ["parts"])
        .Node("Transpose", ["parts"], ["turned"], TestModel.Attribute("perm", [0, 2, 1, 3]))
        .Node("Softmax", ["turned"], ["soft"], TestModel.Attribute("axis", -1))
        .Node("Transpose", ["soft"], ["back"], TestModel.Attribute("perm", [0, 2, 1, 3]))
        .Node("Reshape", ["back", "shape"], ["y"])
        .ToBytes();

    private static byte[] Branches() => new TestModel()
        .Input("x", ElementType.Float, -1, 3)
        .Output("y", ElementType.Float, -1, 3)
        .Constant("limit", [2L], 1)
        .Constant("places", [1L], 1)
        .Node("Shape", ["x"], ["shape"])
        .Node("Gather", ["shape", "places"], ["width"])
        .Node("Greater", ["width", "limit"], ["is_wide"])
        .Node("If", ["is_wide"], ["y"])
        .InnerGraph("then_branch", "Relu", ["x"], "positive")
        .InnerGraph("else_branch", "Neg", ["x"], "negative")
        .ToBytes();
}
