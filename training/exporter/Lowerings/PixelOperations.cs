using MnistAdder.OnnxExport.Tracing;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Operations that deal elements out anew between channels, planes and windows.</summary>
internal static class PixelOperations
{
    // [*,C·r²,H,W] → [*,C,r,r,H,W] → [*,C,H,r,W,r] → [*,C,H·r,W·r]
    [Lowering("pixel_shuffle")]
    private static OnnxValue PixelShuffle(Operation operation)
    {
        TracedSize factor = operation.Fixed(operation.Integer(null, "upscale_factor"));
        IReadOnlyList<TracedSize?> self = operation.SelfShape, output = operation.OutputShape;
        return Dealt(operation, [.. output.SkipLast(2), factor, factor, .. self.TakeLast(2)], [0, 3, 1, 4, 2]);
    }

    // [*,C,H·r,W·r] → [*,C,H,r,W,r] → [*,C,r,r,H,W] → [*,C·r²,H,W]
    [Lowering("pixel_unshuffle")]
    private static OnnxValue PixelUnshuffle(Operation operation)
    {
        TracedSize factor = operation.Fixed(operation.Integer(null, "downscale_factor"));
        IReadOnlyList<TracedSize?> self = operation.SelfShape, output = operation.OutputShape;
        return Dealt(operation, [.. self.SkipLast(2), output[^2], factor, output[^1], factor], [0, 2, 4, 1, 3]);
    }

    // [N,C,…] → [N,G,C/G,…] → [N,C/G,G,…] → [N,C,…]
    [Lowering("channel_shuffle")]
    private static OnnxValue ChannelShuffle(Operation operation)
    {
        long groups = operation.Integer(null, "groups");
        if (operation.SelfShape[1] is not { IsConstant: true, Constant: var channels })
            throw operation.NotSupported("the number of channels follows the size of an input", "Make it a fixed number");
        OnnxGraph graph = operation.Graph;
        OnnxValue grouped = graph.Reshape(operation.Self, 0, groups, channels / groups, -1);
        return operation.ReshapeTo(graph.Transpose(grouped, 0, 2, 1, 3), [], operation.SelfShape);
    }

    [Lowering("one_hot")]
    private static OnnxValue OneHot(Operation operation)
    {
        long classes = operation.Integer(-1, "num_classes");
        return classes > 0
            ? operation.Graph.OneHot(operation.Self, classes, operation.OutputType)
            : throw operation.NotSupported("one_hot takes the number of classes from what is in its input", "Give it num_classes");
    }

    // Tensor.unfold takes windows of one axis, and functional.unfold those of a plane.
    [Lowering("unfold")]
    private static OnnxValue Unfold(Operation operation) => operation.Has("kernel_size") ? Columns(operation) : MovingOperations.Unfold(operation);

    [Lowering("fold")]
    private static OnnxValue Fold(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        long[] size = operation.PerDimension(2, 0, "output_size");
        var windows = new PlaneWindows(operation, size[0], size[1]);
        bool isSingle = operation.Rank == 2;
        OnnxValue input = isSingle ? graph.Unsqueeze(operation.Self, 0) : operation.Self; // [N,C·h·w,L]
        long channels = operation.OutputShape[isSingle ? 0 : 1] is { IsConstant: true } known
            ? known.Constant
            : throw operation.NotSupported("the number of channels follows the size of an input", "Make it a fixed number");

        // Each element is added to its place in the padded plane.
        long[] places = windows.Places();
        OnnxValue updates = graph.Reshape(input, 0, channels, places.Length);
        OnnxValue one = graph.Constant(OnnxTensor.Of(places, 1, 1, places.Length), "places");
        OnnxValue indices = graph.AddNode("Expand", [one, graph.Shape(updates)], rank: 3);
        OnnxValue planeShape = graph.Concat(0, graph.Shape(updates, 0, 2), graph.Int64s("plane", [windows.PaddedHeight * windows.PaddedWidth]));
        OnnxValue empty = graph.AddNode("Expand", [graph.Constant(OnnxTensor.Filled(operation.OutputType, 0, 1, 1, 1), "zero"), planeShape], rank: 3);
        OnnxValue plane = graph.AddNode("ScatterElements", [empty, indices, updates], [OnnxAttribute.Int("axis", 2), OnnxAttribute.String("reduction", "add")], rank: 3);
        plane = graph.Reshape(plane, 0, channels, windows.PaddedHeight, windows.PaddedWidth);
        plane = windows.WithoutPadding(operation, plane);
        return isSingle ? graph.Squeeze(plane, 0) : plane;
    }

    // [*,C,H,W] → [*,C,h,oh,w,ow] → [*,C,h,w,oh,ow] → [*,C·h·w,oh·ow]
    private static OnnxValue Columns(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        if (operation.SelfShape is not [.., { IsConstant: true, Constant: var height }, { IsConstant: true, Constant: var width }])
            throw operation.NotSupported("unfold takes windows of a dimension that is dynamic", "Make its size fixed");
        var windows = new PlaneWindows(operation, height, width);
        int rank = operation.Rank;
        OnnxValue value = windows.WithPadding(operation, operation.Self);
        value = graph.Gather(value, windows.Columns(), rank - 1);
        value = graph.Gather(value, windows.Rows(), rank - 2);
        int front = rank - 2;
        value = graph.Transpose(value, [.. Enumerable.Range(0, front).Select(axis => (long)axis), front, front + 2, front + 1, front + 3]);
        return operation.ReshapeTo(value, [.. operation.SelfShape.Take(front - 1)], operation.OutputShape);
    }

    // Reshape, exchange of the last five axes, and reshape to the result.
    private static OnnxValue Dealt(Operation operation, IReadOnlyList<TracedSize?> shape, long[] order)
    {
        int front = shape.Count - order.Length;
        OnnxValue parts = operation.ReshapeTo(operation.Self, operation.SelfShape, shape);
        OnnxValue dealt = operation.Graph.Transpose(parts, [.. Numbers(front), .. order.Select(axis => axis + front)]);
        return operation.ReshapeTo(dealt, [.. shape.Take(front)], operation.OutputShape);
    }

    internal static IEnumerable<long> Numbers(long count) => Enumerable.Range(0, (int)count).Select(i => (long)i);
}
