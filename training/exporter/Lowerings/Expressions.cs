namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Operators that lowerings share, with the element types that ONNX Runtime lacks computed in wider ones.</summary>
internal static class Expressions
{
    /// <summary>An operator of two values that broadcast.</summary>
    public static OnnxValue Binary(this OnnxGraph graph, string opType, OnnxValue left, OnnxValue right, OnnxElementType? type = null) =>
        graph.AddNode(opType, [left, right], elementType: type, rank: Rank(left, right));

    /// <summary>An operator of a value and a number of its type.</summary>
    public static OnnxValue Binary(this OnnxGraph graph, string opType, OnnxValue left, double right) =>
        graph.Binary(opType, left, graph.ScalarLike(left, right));

    /// <summary>A comparison of two values that broadcast.</summary>
    public static OnnxValue Compare(this OnnxGraph graph, string opType, OnnxValue left, OnnxValue right) =>
        graph.Binary(opType, left, right, OnnxElementType.Bool);

    /// <summary>A comparison of a value with a number of its type.</summary>
    public static OnnxValue Compare(this OnnxGraph graph, string opType, OnnxValue left, double right) =>
        graph.Compare(opType, left, graph.ScalarLike(left, right));

    /// <summary>Which elements are no numbers.</summary>
    public static OnnxValue IsNaN(this OnnxGraph graph, OnnxValue value) => graph.AddNode("IsNaN", [value], elementType: OnnxElementType.Bool, rank: value.Rank);

    /// <summary>Takes one of two values by a condition.</summary>
    public static OnnxValue Where(this OnnxGraph graph, OnnxValue condition, OnnxValue yes, OnnxValue no) => graph.In(
        yes.ElementType is OnnxElementType.Bool or OnnxElementType.Int16 ? OnnxElementType.Int32 : yes.ElementType,
        values => graph.AddNode("Where", [condition, values[0], values[1]], elementType: values[0].ElementType, rank: Rank(condition, values[0], values[1])),
        yes, no);

    /// <summary>Takes a value or, where a condition holds, a number.</summary>
    public static OnnxValue Where(this OnnxGraph graph, OnnxValue condition, double yes, OnnxValue no) => graph.Where(condition, graph.ScalarLike(no, yes), no);

    /// <summary>The greater or lesser of two values; no number where one of them is none.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="opType"><c>Max</c> or <c>Min</c>.</param>
    /// <param name="left">One value.</param>
    /// <param name="right">The other.</param>
    public static OnnxValue Extreme(this OnnxGraph graph, string opType, OnnxValue left, OnnxValue right) => graph.In(
        left.ElementType is OnnxElementType.Bool or OnnxElementType.Int16 ? OnnxElementType.Int32 : left.ElementType,
        values => graph.Binary(opType, values[0], values[1]),
        left, right);

    /// <summary>A reduction along axes, without regard to what is no number.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="opType">The operator, such as <c>ReduceMax</c>.</param>
    /// <param name="value">What is reduced.</param>
    /// <param name="axes">The axes, counted from the front; null for all.</param>
    /// <param name="keeps">Whether they stay, with size 1.</param>
    public static OnnxValue Reduce(this OnnxGraph graph, string opType, OnnxValue value, long[]? axes, bool keeps) => graph.In(
        value.ElementType is OnnxElementType.Bool or OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.Int16 ? OnnxElementType.Int32 : value.ElementType,
        values => graph.AddNode(
            opType,
            [values[0], axes is not null && opType == "ReduceSum" ? graph.Int64s("axes", axes) : null],
            axes is null || opType == "ReduceSum" ? [OnnxAttribute.Bool("keepdims", keeps)] : [OnnxAttribute.Ints("axes", axes), OnnxAttribute.Bool("keepdims", keeps)],
            rank: keeps ? value.Rank : axes is null ? 0 : value.Rank - axes.Length),
        value);

    /// <summary>The numbers 0, 1, 2… below a size, int64.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="size">The size, int64 [1].</param>
    public static OnnxValue Numbers(this OnnxGraph graph, OnnxValue size)
    {
        OnnxValue zero = graph.Constant(OnnxTensor.Scalar(OnnxElementType.Int64, 0), "zero"), one = graph.Constant(OnnxTensor.Scalar(OnnxElementType.Int64, 1), "one");
        return graph.AddNode("Range", [zero, graph.Squeeze(size, 0), one], elementType: OnnxElementType.Int64, rank: 1);
    }

    /// <summary>Repeats a value along axes of size 1, and new ones in front.</summary>
    public static OnnxValue Expand(this OnnxGraph graph, OnnxValue value, OnnxValue shape, int rank) => graph.AddNode("Expand", [value, shape], rank: rank);

    // Computes in another type and gives the values' own.
    private static OnnxValue In(this OnnxGraph graph, OnnxElementType type, Func<OnnxValue[], OnnxValue> compute, params ReadOnlySpan<OnnxValue> values)
    {
        OnnxElementType own = values[0].ElementType;
        if (type == own)
            return compute(values.ToArray());
        var wide = new OnnxValue[values.Length];
        for (int i = 0; i < wide.Length; i++)
            wide[i] = graph.Cast(values[i], type);
        return graph.Cast(compute(wide), own);
    }

    private static int? Rank(params ReadOnlySpan<OnnxValue> values)
    {
        int rank = 0;
        foreach (OnnxValue value in values)
        {
            if (value.Rank is not { } one)
                return null;
            rank = Math.Max(rank, one);
        }

        return rank;
    }
}
