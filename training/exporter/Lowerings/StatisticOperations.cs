using MnistAdder.OnnxExport.Tracing;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Variances and norms.</summary>
internal static class StatisticOperations
{
    [Lowering("var", "_var")]
    private static OnnxValue Variance(Operation operation) => Variance(operation, out _);

    [Lowering("std", "_std")]
    private static OnnxValue Deviation(Operation operation) => operation.Graph.Elementwise("Sqrt", Variance(operation, out _));

    [Lowering("var_mean", "_var_mean")]
    private static OnnxValue[] VarianceAndMean(Operation operation) => [Variance(operation, out OnnxValue mean), mean];

    [Lowering("std_mean", "_std_mean")]
    private static OnnxValue[] DeviationAndMean(Operation operation) => [operation.Graph.Elementwise("Sqrt", Variance(operation, out OnnxValue mean)), mean];

    [Lowering("norm")]
    private static OnnxValue Norm(Operation operation)
    {
        bool isVector = !operation.Has("ord") || (operation.Rank == 1 && !operation.IsText("ord")) || (ReductionOperations.AxesOf(operation) is [_] && !operation.IsText("ord"));
        return isVector || operation.Has("p") ? VectorNorm(operation) : MatrixNorm(operation);
    }

    [Lowering("vector_norm")]
    private static OnnxValue VectorNorm(Operation operation) =>
        VectorNorm(operation, ReductionOperations.AxesOf(operation), operation.Number("p", "ord") ?? 2, operation.Flag(false, "keepdim"));

    [Lowering("matrix_norm")]
    private static OnnxValue MatrixNorm(Operation operation)
    {
        long[] axes = ReductionOperations.AxesOf(operation) ?? [operation.Rank - 2, operation.Rank - 1];
        bool keeps = operation.Flag(false, "keepdim");
        if (operation.IsText("ord"))
        {
            return operation.Argument("ord") is "fro"
                ? VectorNorm(operation, axes, 2, keeps)
                : throw operation.NotSupported("a nuclear norm is computed, for which ONNX has no operator", "Use the Frobenius norm");
        }

        double order = operation.Number("ord")!.Value;
        if (Math.Abs(order) != 1 && !double.IsInfinity(order))
            throw operation.NotSupported("a spectral norm is computed, for which ONNX has no operator", "Use the Frobenius norm");
        OnnxGraph graph = operation.Graph;
        (long along, long over) = double.IsInfinity(order) ? (axes[1], axes[0]) : (axes[0], axes[1]);
        OnnxValue sums = graph.Reduce("ReduceSum", graph.Elementwise("Abs", operation.Self), [along], keeps: true);
        OnnxValue norm = ExtremaOperations.Extreme(graph, sums, order > 0, [over], keeps: true);
        return keeps ? norm : graph.Squeeze(norm, axes);
    }

    [Lowering("dist")]
    private static OnnxValue Distance(Operation operation)
    {
        OnnxValue difference = operation.Graph.Sub(operation.As(operation.Self, operation.OutputType), operation.As(operation.Input("other"), operation.OutputType));
        return VectorNorm(operation.Graph, difference, null, operation.Number("p") ?? 2, keeps: false);
    }

    /// <summary>(Σ|x|ᵖ)¹ᐟᵖ along axes, and its limits.</summary>
    public static OnnxValue VectorNorm(OnnxGraph graph, OnnxValue value, long[]? axes, double order, bool keeps)
    {
        OnnxValue size = graph.Elementwise("Abs", value);
        return order switch
        {
            double.PositiveInfinity or double.NegativeInfinity => ExtremaOperations.Extreme(graph, size, order > 0, axes, keeps),
            0 => graph.Reduce("ReduceSum", graph.Cast(graph.Cast(value, OnnxElementType.Bool), value.ElementType), axes, keeps),
            1 => graph.Reduce("ReduceSum", size, axes, keeps),
            2 => graph.Elementwise("Sqrt", graph.Reduce("ReduceSum", graph.Mul(value, value), axes, keeps)),
            _ => graph.Binary("Pow", graph.Reduce("ReduceSum", graph.Binary("Pow", size, order), axes, keeps), 1 / order),
        };
    }

    private static OnnxValue VectorNorm(Operation operation, long[]? axes, double order, bool keeps) =>
        VectorNorm(operation.Graph, operation.As(operation.Self, operation.OutputType), axes, order, keeps);

    private static OnnxValue Variance(Operation operation, out OnnxValue mean)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue value = operation.Self;
        long[]? axes = ReductionOperations.AxesOf(operation);
        bool keeps = operation.Flag(false, "keepdim");
        OnnxValue kept = graph.Reduce("ReduceMean", value, axes, keeps: true);
        mean = keeps || operation.Rank == 0 ? kept : graph.Reduce("ReduceMean", value, axes, keeps: false);
        OnnxValue difference = graph.Sub(value, kept);
        OnnxValue sum = graph.Reduce("ReduceSum", graph.Mul(difference, difference), axes, keeps);
        bool isUnbiased = operation.Flag(true, "unbiased") || (axes is null && operation.Name is "var"); // TorchSharp 0.107 doesn't hand it on there
        return graph.Div(sum, Count(operation, axes, isUnbiased ? 1 : 0));
    }

    // How many elements are taken together, less a correction.
    private static OnnxValue Count(Operation operation, long[]? axes, int correction)
    {
        TracedSize?[] sizes = [.. axes is null ? operation.SelfShape : axes.Select(axis => operation.SelfShape[(int)axis])];
        if (sizes.All(size => size is { IsConstant: true }))
            return operation.Constant(operation.OutputType, Math.Max(0, sizes.Aggregate(1L, (product, size) => product * size!.Constant) - correction), "count");
        OnnxGraph graph = operation.Graph;
        OnnxValue count = graph.Reduce("ReduceProd", operation.ShapeValue(sizes), null, keeps: false);
        return graph.Cast(correction == 0 ? count : graph.Extreme("Max", graph.Sub(count, correction), graph.ScalarLike(count, 0)), operation.OutputType);
    }
}
