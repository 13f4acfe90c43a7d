using MnistAdder.OnnxExport.Tracing;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Operations that give elements other places, or take them several times.</summary>
internal static class MovingOperations
{
    [Lowering("flip", "fliplr", "flipud")]
    private static OnnxValue Flip(Operation operation) => Flipped(operation.Graph, operation.Self, operation.Name switch
    {
        "fliplr" => [1],
        "flipud" => [0],
        _ => [.. operation.Integers("dims")!.Select(axis => (long)operation.AxisOf(axis))],
    });

    [Lowering("rot90")]
    private static OnnxValue Rotate(Operation operation)
    {
        long[] plane = [.. (operation.Integers("dims") ?? [0, 1]).Select(axis => (long)operation.AxisOf(axis))];
        long turns = ((operation.Integer(1, "k") % 4) + 4) % 4;
        if (turns == 0)
            return operation.Self;
        OnnxValue flipped = Flipped(operation.Graph, operation.Self, turns == 2 ? plane : [plane[turns == 1 ? 1 : 0]]);
        if (turns == 2)
            return flipped;
        long[] permutation = [.. Enumerable.Range(0, operation.Rank).Select(axis => (long)axis)];
        (permutation[plane[0]], permutation[plane[1]]) = (plane[1], plane[0]);
        return operation.Graph.Transpose(flipped, permutation);
    }

    [Lowering("_roll")]
    private static OnnxValue Roll(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        IReadOnlyList<TracedSize?> shifts = operation.Sizes("shifts")!;
        OnnxValue Rolled(OnnxValue value, TracedSize shift, int axis)
        {
            OnnxValue size = graph.Shape(value, axis, axis + 1);
            OnnxValue places = graph.Binary("Mod", graph.Sub(graph.Numbers(size), operation.SizeValue(shift)), size);
            return graph.Gather(value, places, axis);
        }

        if (operation.Integers("dims") is not { Length: > 0 } axes)
            return operation.ReshapeTo(Rolled(graph.Reshape(operation.Self, -1), shifts[0]!, 0), [], operation.OutputShape);
        OnnxValue value = operation.Self;
        for (int i = 0; i < axes.Length; i++)
            value = Rolled(value, shifts[i]!, operation.AxisOf(axes[i]));
        return value;
    }

    [Lowering("repeat_interleave")]
    private static OnnxValue RepeatEach(Operation operation)
    {
        if (operation.IsTensor("repeats"))
            throw operation.NotSupported("a tensor says how often repeat_interleave repeats, so that the result's size depends on what is in it", "Repeat all as often");
        OnnxGraph graph = operation.Graph;
        OnnxValue value = operation.Has("dim") ? operation.Self : graph.Reshape(operation.Self, -1);
        int axis = operation.Has("dim") ? operation.Axis(null, "dim") : 0, rank = value.Rank!.Value;
        TracedSize[] repeats = [.. Enumerable.Range(0, rank + 1).Select(at => at == axis + 1 ? operation.Size(null, "repeats") : operation.Fixed(1))];
        OnnxValue repeated = graph.AddNode("Tile", [graph.Unsqueeze(value, axis + 1), operation.ShapeValue(repeats, "repeats")], rank: rank + 1);
        return operation.ReshapeTo(repeated, [], operation.OutputShape);
    }

    /// <summary>Tensor.unfold: windows of one axis.</summary>
    /// <remarks>The places of each window in a row, which Gather gives in place of the axis; the windows' own axis is the last.</remarks>
    public static OnnxValue Unfold(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        if (operation.Rank == 0)
            return graph.Unsqueeze(operation.Self, 0);
        int axis = operation.Axis(null, "dimension");
        long size = operation.Integer(null, "size"), step = operation.Integer(null, "step");
        OnnxValue count = graph.Add(graph.Div(graph.Sub(graph.Shape(operation.Self, axis, axis + 1), size), step), 1);
        OnnxValue starts = graph.Mul(graph.Unsqueeze(graph.Numbers(count), 1), step);
        OnnxValue places = graph.Add(starts, graph.Int64s("window", [.. Enumerable.Range(0, (int)size).Select(at => (long)at)]));
        OnnxValue windows = graph.Gather(operation.Self, places, axis);
        int[] axes = [.. Enumerable.Range(0, operation.Rank + 1).Where(at => at != axis + 1), axis + 1];
        return graph.Transpose(windows, [.. axes.Select(at => (long)at)]);
    }

    [Lowering("meshgrid")]
    private static OnnxValue[] Meshgrid(Operation operation)
    {
        OnnxValue[] values = operation.Inputs("tensors");
        bool swaps = operation.Argument("indexing") is "xy" && values.Length > 1;
        return [.. values.Select((value, i) =>
        {
            var shape = new long[values.Length];
            Array.Fill(shape, 1);
            shape[swaps && i < 2 ? 1 - i : i] = -1;
            return operation.Graph.Expand(operation.Graph.Reshape(value, shape), operation.ShapeValue(operation.OutputShapeOf(i)), values.Length);
        })];
    }

    [Lowering("broadcast_tensors")]
    private static OnnxValue[] Broadcast(Operation operation) =>
        [.. operation.Inputs("tensors").Select((value, i) => operation.Graph.Expand(value, operation.ShapeValue(operation.OutputShapeOf(i)), operation.OutputShapeOf(i).Count))];

    [Lowering("diff")]
    private static OnnxValue Differences(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        int axis = operation.Axis(-1, "dim");
        OnnxValue[] parts = [.. new[] { operation.InputOrNull("prepend"), operation.Self, operation.InputOrNull("append") }.OfType<OnnxValue>()];
        OnnxValue value = parts.Length > 1 ? graph.Concat(axis, parts) : parts[0];
        OnnxValue Part(long start, long stop) => graph.AddNode(
            "Slice", [value, graph.Int64s("starts", [start]), graph.Int64s("ends", [stop]), graph.Int64s("axes", [axis])], rank: value.Rank);
        for (long i = operation.Integer(1, "n"); i > 0; i--)
            value = value.ElementType == OnnxElementType.Bool ? graph.Binary("Xor", Part(1, long.MaxValue), Part(0, -1)) : graph.Sub(Part(1, long.MaxValue), Part(0, -1));
        return value;
    }

    private static OnnxValue Flipped(OnnxGraph graph, OnnxValue value, long[] axes)
    {
        if (axes.Length == 0)
            return value;
        return graph.AddNode(
            "Slice",
            [
                value,
                graph.Constant(OnnxTensor.Filled(OnnxElementType.Int64, -1, axes.Length), "starts"),
                graph.Constant(OnnxTensor.Of<long>([.. axes.Select(_ => long.MinValue)], axes.Length), "ends"),
                graph.Int64s("axes", axes),
                graph.Constant(OnnxTensor.Filled(OnnxElementType.Int64, -1, axes.Length), "steps"),
            ],
            rank: value.Rank);
    }
}
