namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>The greatest and least elements along axes, where they are, and all in order.</summary>
/// <remarks>TorchSharp counts what is no number as the greatest and as the least; ONNX Runtime leaves it out, or puts it anywhere.</remarks>
internal static class ExtremaOperations
{
    [Lowering("amax", "amin")]
    private static OnnxValue Extreme(Operation operation) => Extreme(operation.Graph, operation.Self, operation.Name == "amax", ReductionOperations.AxesOf(operation), operation.Flag(false, "keepdim"));

    [Lowering("max", "min")]
    private static OnnxValue[] Max(Operation operation)
    {
        bool greatest = operation.Name == "max";
        if (operation.Has("other"))
        {
            OnnxValue other = operation.As(operation.Input("other"), operation.OutputType);
            return [operation.Graph.Extreme(greatest ? "Max" : "Min", operation.As(operation.Self, operation.OutputType), other)];
        }

        return operation.Has("dim") && operation.Rank > 0 ? Found(operation, Place(operation, operation.Self, greatest, operation.Axis(null, "dim"))) : All(operation, greatest);
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
        if (!operation.Has("dim") || operation.Rank == 0)
            return graph.Squeeze(Place(operation, graph.Reshape(operation.Self, -1), greatest, 0), 0);
        int axis = operation.Axis(null, "dim");
        OnnxValue place = Place(operation, operation.Self, greatest, axis);
        return operation.Flag(false, "keepdim") ? place : graph.Squeeze(place, axis);
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
        int axis = operation.Axis(-1, "dim");
        OnnxValue places = Order(operation, axis, operation.Flag(true, "largest"), operation.SizeValue(operation.Size(null, "k")));
        return [Gathered(operation.Graph, operation.Self, places, axis), places];
    }

    [Lowering("kthvalue")]
    private static OnnxValue[] KthValue(Operation operation)
    {
        int axis = operation.Axis(-1, "dim");
        OnnxGraph graph = operation.Graph;
        OnnxValue places = Order(operation, axis, descending: false, operation.SizeValue(operation.Size(null, "k")));
        OnnxValue last = graph.AddNode("Slice", [places, graph.Int64s("starts", [-1]), graph.Int64s("ends", [long.MaxValue]), graph.Int64s("axes", [axis])], rank: places.Rank);
        return Found(operation, last);
    }

    /// <summary>The greatest or least element along axes; no number where there is one that is none.</summary>
    public static OnnxValue Extreme(OnnxGraph graph, OnnxValue value, bool greatest, long[]? axes, bool keeps)
    {
        OnnxValue extreme = graph.Reduce(greatest ? "ReduceMax" : "ReduceMin", value, axes, keeps);
        if (!ArithmeticOperations.IsFloat(value.ElementType))
            return extreme;
        OnnxValue isNone = graph.Cast(graph.Reduce("ReduceMax", graph.Cast(graph.IsNaN(value), OnnxElementType.Int32), axes, keeps), OnnxElementType.Bool);
        return graph.Where(isNone, double.NaN, extreme);
    }

    private static OnnxValue[] All(Operation operation, bool greatest)
    {
        OnnxValue extreme = Extreme(operation.Graph, operation.Self, greatest, null, keeps: false);
        return operation.OutputCount == 1 ? [extreme] : [extreme, operation.Constant(OnnxElementType.Int64, 0)]; // of a tensor without axes
    }

    // The values at places, and the places; the axis that has just one is taken away.
    private static OnnxValue[] Found(Operation operation, OnnxValue places)
    {
        int axis = operation.Axis(-1, "dim");
        OnnxValue[] found = [Gathered(operation.Graph, operation.Self, places, axis), places];
        return operation.Flag(false, "keepdim") ? found : [.. found.Select(value => operation.Graph.Squeeze(value, axis))];
    }

    // The first place of the greatest or least element along an axis, which stays.
    private static OnnxValue Place(Operation operation, OnnxValue value, bool greatest, int axis)
    {
        OnnxGraph graph = operation.Graph;
        if (!ArithmeticOperations.IsFloat(value.ElementType))
            return ArgMax(graph, value.ElementType is OnnxElementType.Bool or OnnxElementType.Int16 ? graph.Cast(value, OnnxElementType.Int32) : value, greatest, axis);
        OnnxValue extreme = graph.Reduce(greatest ? "ReduceMax" : "ReduceMin", value, [axis], keeps: true);
        OnnxValue isExtreme = graph.Cast(graph.Compare("Equal", value, extreme), OnnxElementType.Int32);
        return ArgMax(graph, graph.Where(graph.IsNaN(value), 2, isExtreme), greatest: true, axis);
    }

    private static OnnxValue ArgMax(OnnxGraph graph, OnnxValue value, bool greatest, int axis) =>
        graph.AddNode(greatest ? "ArgMax" : "ArgMin", [value], [OnnxAttribute.Int("axis", axis)], OnnxElementType.Int64, value.Rank);

    private static OnnxValue[] Sorted(Operation operation, long axis, bool descending)
    {
        if (operation.Rank == 0)
            return [operation.Self, operation.Constant(OnnxElementType.Int64, 0)];
        int at = operation.AxisOf(axis);
        OnnxValue places = Order(operation, at, descending, operation.Graph.Shape(operation.Self, at, at + 1));
        return [Gathered(operation.Graph, operation.Self, places, at), places];
    }

    // The first places of an order, the lower one of equal elements first. What is no number comes after all others, or before them: a second
    // sort, which leaves the order of the first, brings it there.
    private static OnnxValue Order(Operation operation, int axis, bool descending, OnnxValue count)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue value = operation.Self;
        if (!ArithmeticOperations.IsFloat(value.ElementType))
            return TopK(graph, value.ElementType == OnnxElementType.Bool ? graph.Cast(value, OnnxElementType.Int32) : value, axis, descending, count);
        OnnxValue isNone = graph.IsNaN(value);
        OnnxValue places = TopK(graph, graph.Where(isNone, double.PositiveInfinity, value), axis, descending, graph.Shape(value, axis, axis + 1));
        OnnxValue flags = Gathered(graph, graph.Cast(isNone, OnnxElementType.Int32), places, axis);
        return Gathered(graph, places, TopK(graph, flags, axis, descending, count), axis);
    }

    private static OnnxValue TopK(OnnxGraph graph, OnnxValue value, int axis, bool descending, OnnxValue count) => graph.AddNodeMany(
        "TopK",
        [value, count],
        [OnnxAttribute.Int("axis", axis), OnnxAttribute.Bool("largest", descending)],
        [(value.ElementType, value.Rank), (OnnxElementType.Int64, value.Rank)])[1];

    private static OnnxValue Gathered(OnnxGraph graph, OnnxValue value, OnnxValue places, int axis) =>
        graph.AddNode("GatherElements", [value, places], [OnnxAttribute.Int("axis", axis)], rank: places.Rank);
}
