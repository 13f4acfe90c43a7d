namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Sums, products, means and truth over the elements along axes.</summary>
internal static class ReductionOperations
{
    [Lowering("softmax", "log_softmax")]
    private static OnnxValue Softmax(Operation operation)
    {
        OnnxValue value = operation.As(operation.Self, operation.OutputType);
        int axis = operation.Axis(null, "dim");
        return operation.Name == "softmax" ? operation.Graph.Softmax(value, axis) : operation.Graph.LogSoftmax(value, axis);
    }

    [Lowering("sum", "_sum")]
    private static OnnxValue Sum(Operation operation) => Reduced(operation, "ReduceSum", operation.As(operation.Self, operation.OutputType));

    [Lowering("nansum")]
    private static OnnxValue SumOfNumbers(Operation operation)
    {
        OnnxValue value = operation.As(operation.Self, operation.OutputType);
        return Reduced(operation, "ReduceSum", ArithmeticOperations.IsFloat(operation.OutputType) ? operation.Graph.Where(operation.Graph.IsNaN(value), 0, value) : value);
    }

    [Lowering("mean")]
    private static OnnxValue Mean(Operation operation) => Reduced(operation, "ReduceMean", operation.As(operation.Self, operation.OutputType));

    [Lowering("prod")]
    private static OnnxValue Product(Operation operation) => Reduced(operation, "ReduceProd", operation.As(operation.Self, operation.OutputType));

    [Lowering("all", "any")]
    private static OnnxValue All(Operation operation)
    {
        OnnxValue value = operation.As(operation.As(operation.Self, OnnxElementType.Bool), OnnxElementType.Int32);
        return operation.As(Reduced(operation, operation.Name == "all" ? "ReduceMin" : "ReduceMax", value), operation.OutputType);
    }

    [Lowering("count_nonzero")]
    private static OnnxValue CountNonzero(Operation operation)
    {
        OnnxValue value = operation.As(operation.As(operation.Self, OnnxElementType.Bool), OnnxElementType.Int64);
        return Reduced(operation, "ReduceSum", value);
    }

    [Lowering("cumsum")]
    private static OnnxValue RunningSum(Operation operation)
    {
        OnnxElementType type = operation.OutputType;
        OnnxValue value = operation.As(operation.Self, type is OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.Int16 ? OnnxElementType.Int64 : type);
        OnnxValue axis = operation.Graph.Constant(OnnxTensor.Scalar(OnnxElementType.Int64, operation.Axis(null, "dim")), "axis");
        return operation.As(operation.Graph.AddNode("CumSum", [value, axis], rank: operation.Rank), type);
    }

    [Lowering("cumprod")]
    private static OnnxValue RunningProduct(Operation operation)
    {
        int axis = operation.Axis(null, "dim");
        return operation.Graph.Reduce("ReduceProd", Prefixes(operation, operation.As(operation.Self, operation.OutputType), axis, 1), [axis + 1], keeps: false);
    }

    [Lowering("logcumsumexp")]
    private static OnnxValue RunningLogSumExp(Operation operation)
    {
        int axis = operation.Axis(null, "dim");
        return LogSumExp(operation.Graph, Prefixes(operation, operation.As(operation.Self, operation.OutputType), axis, double.NegativeInfinity), [axis + 1], keeps: false);
    }

    [Lowering("logsumexp")]
    private static OnnxValue LogSumExp(Operation operation) =>
        LogSumExp(operation.Graph, operation.As(operation.Self, operation.OutputType), AxesOf(operation), operation.Flag(false, "keepdim"));

    /// <summary>The axes that an operation names, counted from the front; null for all.</summary>
    public static long[]? AxesOf(Operation operation) => operation.Rank > 0 && operation.Integers("dimensions", "dim", "dims") is { Length: > 0 } axes
        ? [.. axes.Select(axis => (long)operation.AxisOf(axis))]
        : null;

    /// <summary>A reduction along the axes that an operation names.</summary>
    public static OnnxValue Reduced(Operation operation, string opType, OnnxValue value) =>
        operation.Graph.Reduce(opType, value, AxesOf(operation), operation.Flag(false, "keepdim"));

    // ONNX Runtime's operator gives no number where an element is infinite.
    private static OnnxValue LogSumExp(OnnxGraph graph, OnnxValue value, long[]? axes, bool keeps)
    {
        OnnxValue greatest = graph.Reduce("ReduceMax", value, axes, keeps: true);
        OnnxValue finite = graph.Where(graph.Compare("Less", graph.Elementwise("Abs", greatest), double.PositiveInfinity), greatest, graph.ScalarLike(greatest, 0));
        OnnxValue sum = graph.Reduce("ReduceSum", graph.Exp(graph.Sub(value, finite)), axes, keeps);
        OnnxValue shift = keeps || value.Rank == 0 ? finite : axes is null ? graph.Reshape(finite) : graph.Squeeze(finite, axes);
        return graph.Add(graph.Elementwise("Log", sum), shift);
    }

    // For each place along the axis all elements up to it, along a new axis behind, and a number instead of those that follow.
    private static OnnxValue Prefixes(Operation operation, OnnxValue value, int axis, double rest)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue numbers = graph.Numbers(graph.Shape(value, axis, axis + 1));
        OnnxValue counts = graph.Compare("LessOrEqual", graph.Unsqueeze(numbers, 0), graph.Unsqueeze(numbers, 1));
        long[] behind = [.. Enumerable.Range(2, operation.Rank - 1 - axis).Select(at => (long)at)];
        return graph.Where(behind.Length > 0 ? graph.Unsqueeze(counts, behind) : counts, graph.Unsqueeze(value, axis), graph.ScalarLike(value, rest));
    }
}
