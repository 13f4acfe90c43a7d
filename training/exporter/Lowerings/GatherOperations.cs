using MnistAdder.OnnxExport.Tracing;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Elements at places that a tensor has: read, written, added to, and looked for.</summary>
internal static class GatherOperations
{
    [Lowering("gather")]
    private static OnnxValue Gather(Operation operation) => Gathered(operation, operation.Self, operation.Input("index"), operation.Axis(null, "dim"));

    /// <summary>Places of one axis.</summary>
    [Lowering("index_select")]
    public static OnnxValue Select(Operation operation) =>
        operation.Graph.Gather(operation.Self, Places(operation), operation.Axis(null, "dim"));

    [Lowering("take")]
    private static OnnxValue Take(Operation operation) => operation.Graph.Gather(operation.Graph.Reshape(operation.Self, -1), operation.Input("index"));

    [Lowering("take_along_dim")]
    private static OnnxValue TakeAlong(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue places = operation.Input("indices");
        if (!operation.Has("dim"))
            return Gathered(operation, graph.Reshape(operation.Self, -1), graph.Reshape(places, -1), 0);
        int axis = operation.Axis(null, "dim");
        IReadOnlyList<TracedSize?> shape = operation.OutputShape;
        OnnxValue value = graph.Expand(operation.Self, operation.ShapeValue([.. shape.Select((size, at) => at == axis ? operation.SelfShape[at] : size)]), operation.Rank);
        return Gathered(operation, value, graph.Expand(places, operation.ShapeValue(shape), operation.Rank), axis);
    }

    [Lowering("scatter", "scatter_add")]
    private static OnnxValue Scatter(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        var index = (Tensor)operation.Argument("index")!;
        OnnxValue places = operation.ValueOf(index), source = operation.Input("src");
        if (!operation.ShapeOf(index).SequenceEqual(operation.ShapeOf((Tensor)operation.Argument("src")!)))
        {
            // As much of the source as there are places.
            OnnxValue starts = graph.Int64s("starts", new long[operation.Rank]);
            source = graph.AddNode("Slice", [source, starts, graph.Shape(places)], rank: source.Rank);
        }

        return Scattered(operation, places, source, operation.Name == "scatter_add");
    }

    [Lowering("index_add", "index_copy", "index_fill")]
    private static OnnxValue Index(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        int axis = operation.Axis(null, "dim");
        OnnxValue places = Places(operation);
        OnnxValue shape = operation.ShapeValue([.. operation.SelfShape.Select((size, at) => at == axis ? CountOf(operation) : size)]);
        OnnxValue source = operation.InputOrNull("source") is { } given
            ? given
            : graph.Expand(operation.Constant(operation.OutputType, operation.Number("value")!.Value, "value"), shape, operation.Rank);
        if (operation.Number("alpha") is { } alpha and not 1)
            source = graph.Mul(source, alpha);
        long[] column = [.. Enumerable.Repeat(1L, operation.Rank)];
        column[axis] = -1;
        return Scattered(operation, graph.Expand(graph.Reshape(places, column), shape, operation.Rank), source, operation.Name == "index_add");
    }

    // The true elements take the source's first ones, in order.
    [Lowering("masked_scatter")]
    private static OnnxValue MaskedScatter(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue mask = graph.Expand(operation.Input("mask"), operation.ShapeValue(operation.OutputShape), operation.Rank);
        OnnxValue axis = graph.Constant(OnnxTensor.Scalar(OnnxElementType.Int64, 0), "axis");
        OnnxValue counts = graph.AddNode("CumSum", [graph.Cast(graph.Reshape(mask, -1), OnnxElementType.Int64), axis], rank: 1);
        OnnxValue places = graph.Extreme("Max", graph.Sub(counts, 1), graph.ScalarLike(counts, 0));
        OnnxValue taken = graph.Gather(graph.Reshape(operation.Input("value"), -1), places);
        return graph.Where(mask, operation.ReshapeTo(taken, [], operation.OutputShape), operation.Self);
    }

    // How many boundaries lie before a value, or up to it; all before what is no number.
    [Lowering("bucketize", "searchsorted")]
    private static OnnxValue Search(Operation operation)
    {
        if (operation.Has("sorter"))
            throw operation.NotSupported("searchsorted gets the order of a sequence that isn't sorted", "Sort it first");
        OnnxGraph graph = operation.Graph;
        OnnxValue boundaries = operation.Input("boundaries", "sorted_sequence");
        OnnxValue value = operation.Name == "bucketize" ? operation.Self : operation.InputOrNull("values") ?? graph.ScalarLike(boundaries, operation.Number("values")!.Value);
        if (boundaries.Rank > 1)
            boundaries = graph.Unsqueeze(boundaries, boundaries.Rank.Value - 1);
        OnnxValue each = graph.Unsqueeze(value, value.Rank!.Value);
        OnnxValue isAfter = graph.Compare(operation.Flag(false, "right") ? "Greater" : "GreaterOrEqual", boundaries, each);
        OnnxValue isBefore = graph.Cast(graph.Elementwise("Not", isAfter), operation.OutputType);
        return graph.Reduce("ReduceSum", isBefore, [isBefore.Rank!.Value - 1], keeps: false);
    }

    [Lowering("cdist")]
    private static OnnxValue Distances(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue one = operation.Input("x1"), other = operation.Input("x2");
        OnnxValue difference = graph.Sub(graph.Unsqueeze(one, one.Rank!.Value - 1), graph.Unsqueeze(other, other.Rank!.Value - 2));
        return StatisticOperations.VectorNorm(graph, difference, [difference.Rank!.Value - 1], operation.Number("p") ?? 2, keeps: false);
    }

    [Lowering("nonzero", "nonzero_as_list", "argwhere", "masked_select", "unique", "unique_consecutive", "bincount")]
    private static OnnxValue Refuse(Operation operation) => throw operation.NotSupported(
        $"the size of what {operation.MethodName} gives depends on what is in a tensor", "Use where or masked_fill, which keep the size");

    private static OnnxValue Gathered(Operation operation, OnnxValue value, OnnxValue places, int axis) =>
        operation.Graph.AddNode("GatherElements", [value, operation.As(places, OnnxElementType.Int64)], [OnnxAttribute.Int("axis", axis)], rank: places.Rank);

    private static OnnxValue Scattered(Operation operation, OnnxValue places, OnnxValue source, bool adds) => operation.Graph.AddNode(
        "ScatterElements",
        [operation.Self, operation.As(places, OnnxElementType.Int64), source],
        adds ? [OnnxAttribute.Int("axis", operation.Axis(null, "dim")), OnnxAttribute.String("reduction", "add")] : [OnnxAttribute.Int("axis", operation.Axis(null, "dim"))],
        rank: operation.Rank);

    // One place alone counts as a list of one.
    private static OnnxValue Places(Operation operation)
    {
        OnnxValue places = operation.As(operation.Input("index"), OnnxElementType.Int64);
        return places.Rank == 0 ? operation.Graph.Unsqueeze(places, 0) : places;
    }

    private static TracedSize? CountOf(Operation operation) =>
        operation.ShapeOf((Tensor)operation.Argument("index")!) is [var count] ? count : operation.Fixed(1);
}
