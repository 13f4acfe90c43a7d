namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>The greatest and least elements along axes, where they are, and all in order.</summary>
/// <remarks>TorchSharp counts what is no number (NaN) as the greatest and as the least; ONNX doesn't say where it comes.</remarks>
internal static class ExtremaOperations
{
    [Lowering("amax", "amin")]
    private static OnnxValue Extreme(Operation operation) =>
        Extreme(operation.Graph, operation.Self, operation.Name == "amax", ReductionOperations.AxesOf(operation), operation.Flag(false, "keepdim"));

    [Lowering("max", "min")]
    private static OnnxValue[] Max(Operation operation)
    {
        bool greatest = operation.Name == "max";
        if (operation.Has("other"))
        {
            OnnxValue other = operation.As(operation.Input("other"), operation.OutputType);
            return [operation.Graph.Extreme(greatest ? "Max" : "Min", operation.As(operation.Self, operation.OutputType), other)];
        }

        if (!operation.Has("dim") || operation.Rank == 0)
            return All(operation, greatest);
        int axis = operation.Axis(null, "dim");
        bool keeps = operation.Flag(false, "keepdim");
        return [Extreme(operation.Graph, operation.Self, greatest, [axis], keeps), Place(operation.Graph, operation.Self, greatest, axis, keeps)];
    }

    [Lowering("aminmax")]
    private static OnnxValue[] Both(Operation operation)
    {
        // TorchSharp takes −1 for no axis.
        long[]? axes = operation.Rank == 0 || operation.Integer(-1, "dim") == -1 ? null : [operation.Axis(null, "dim")];
        bool keeps = operation.Flag(false, "keepdim");
        return [Extreme(operation.Graph, operation.Self, greatest: false, axes, keeps), Extreme(operation.Graph, operation.Self, greatest: true, axes, keeps)];
    }

    [Lowering("argmax", "argmin")]
    private static OnnxValue ArgMax(Operation operation)
    {
        bool greatest = operation.Name == "argmax";
        OnnxGraph graph = operation.Graph;
        return !operation.Has("dim") || operation.Rank == 0
            ? Place(graph, graph.Reshape(operation.Self, -1), greatest, 0, keeps: false)
            : Place(graph, operation.Self, greatest, operation.Axis(null, "dim"), operation.Flag(false, "keepdim"));
    }

    [Lowering("sort")]
    private static OnnxValue[] Sort(Operation operation) => Sorted(operation, operation.Integer(-1, "dim"), operation.Flag(false, "descending"));

    [Lowering("argsort")]
    private static OnnxValue ArgSort(Operation operation) => Sorted(operation, operation.Integer(-1, "dim"), operation.Flag(false, "descending"))[1];

    [Lowering("msort")]
    private static OnnxValue SortRows(Operation operation) => Sorted(operation, 0, descending: false)[0];

    [Lowering("topk")]
    private static OnnxValue[] TopK(Operation operation)
    {
        if (operation.Rank == 0)
            return Sorted(operation, 0, descending: true);
        return Order(operation, operation.Axis(-1, "dim"), operation.Flag(true, "largest"), operation.SizeValue(operation.Size(null, "k")));
    }

    [Lowering("kthvalue")]
    private static OnnxValue[] KthValue(Operation operation)
    {
        int axis = operation.Axis(-1, "dim");
        OnnxGraph graph = operation.Graph;
        bool keeps = operation.Flag(false, "keepdim");
        return [.. Order(operation, axis, descending: false, operation.SizeValue(operation.Size(null, "k"))).Select(ordered =>
        {
            OnnxValue last = graph.AddNode("Slice", [ordered, graph.Int64s("starts", [-1]), graph.Int64s("ends", [long.MaxValue]), graph.Int64s("axes", [axis])], rank: ordered.Rank);
            return keeps ? last : graph.Squeeze(last, axis);
        })];
    }

    /// <summary>The greatest or least element along axes.</summary>
    public static OnnxValue Extreme(OnnxGraph graph, OnnxValue value, bool greatest, long[]? axes, bool keeps) =>
        graph.Reduce(greatest ? "ReduceMax" : "ReduceMin", value, axes, keeps);

    private static OnnxValue[] All(Operation operation, bool greatest)
    {
        OnnxValue extreme = Extreme(operation.Graph, operation.Self, greatest, null, keeps: false);
        return operation.OutputCount == 1 ? [extreme] : [extreme, operation.Constant(OnnxElementType.Int64, 0)]; // of a tensor without axes
    }

    // The first place of the greatest or least element along an axis.
    private static OnnxValue Place(OnnxGraph graph, OnnxValue value, bool greatest, int axis, bool keeps) => graph.AddNode(
        greatest ? "ArgMax" : "ArgMin",
        [value.ElementType is OnnxElementType.Bool or OnnxElementType.Int16 ? graph.Cast(value, OnnxElementType.Int32) : value],
        [OnnxAttribute.Int("axis", axis), OnnxAttribute.Bool("keepdims", keeps)],
        OnnxElementType.Int64,
        keeps ? value.Rank : value.Rank - 1);

    private static OnnxValue[] Sorted(Operation operation, long axis, bool descending)
    {
        if (operation.Rank == 0)
            return [operation.Self, operation.Constant(OnnxElementType.Int64, 0)];
        int at = operation.AxisOf(axis);
        return Order(operation, at, descending, operation.Graph.Shape(operation.Self, at, at + 1));
    }

    // The first elements of an order and their places, the lower one of equal elements first.
    private static OnnxValue[] Order(Operation operation, int axis, bool descending, OnnxValue count)
    {
        OnnxValue value = operation.Self;
        OnnxElementType type = value.ElementType;
        OnnxValue ordered = type == OnnxElementType.Bool ? operation.Graph.Cast(value, OnnxElementType.Int32) : value;
        IReadOnlyList<OnnxValue> first = operation.Graph.AddNodeMany(
            "TopK",
            [ordered, count],
            [OnnxAttribute.Int("axis", axis), OnnxAttribute.Bool("largest", descending)],
            [(ordered.ElementType, value.Rank), (OnnxElementType.Int64, value.Rank)]);
        return [operation.As(first[0], type), first[1]];
    }
}
