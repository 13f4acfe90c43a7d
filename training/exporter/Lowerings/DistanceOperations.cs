using MnistAdder.OnnxExport.Tracing;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Lengths of vectors, and how near they are.</summary>
internal static class DistanceOperations
{
    [Lowering("normalize")]
    private static OnnxValue Normalize(Operation operation)
    {
        OnnxValue length = Length(operation, operation.Self, operation.Number("p") ?? 2, operation.Axis(1, "dim"), keepsAxis: true);
        return operation.Graph.Div(operation.Self, AtLeast(operation, length, operation.Number("eps")!.Value));
    }

    [Lowering("pairwise_distance")]
    private static OnnxValue PairwiseDistance(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue one = operation.As(operation.Input("input1"), operation.OutputType), other = operation.As(operation.Input("input2"), operation.OutputType);
        OnnxValue difference = graph.Add(graph.Sub(one, other), operation.Number("eps")!.Value);
        return Length(operation, difference, operation.Number("p")!.Value, difference.Rank!.Value - 1, operation.Flag(false, "keepdim"));
    }

    [Lowering("cosine_similarity")]
    private static OnnxValue CosineSimilarity(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        IReadOnlyList<TracedSize?> shape = CommonShape(operation, operation.ShapeOf((Tensor)operation.Argument("x1")!), operation.ShapeOf((Tensor)operation.Argument("x2")!));
        int axis = (int)operation.Integer(1, "dim") is var given and < 0 ? given + shape.Count : (int)operation.Integer(1, "dim");
        double least = operation.Number("eps")!.Value;
        OnnxValue one = Direction("x1"), other = Direction("x2");
        return Sum(operation, graph.Mul(one, other), axis, keepsAxis: false);

        OnnxValue Direction(string name)
        {
            OnnxValue vector = operation.As(operation.Input(name), operation.OutputType);
            if (!operation.ShapeOf((Tensor)operation.Argument(name)!).SequenceEqual(shape))
                vector = graph.AddNode("Expand", [vector, operation.ShapeValue(shape)], rank: shape.Count);
            return graph.Div(vector, AtLeast(operation, Length(operation, vector, 2, axis, keepsAxis: true), least));
        }
    }

    // The p-th root of the sum of p-th powers of the sizes. Reductions that take their axes as an input are the same in every opset.
    private static OnnxValue Length(Operation operation, OnnxValue value, double power, int axis, bool keepsAxis)
    {
        OnnxGraph graph = operation.Graph;
        switch (power)
        {
            case 1:
                return Sum(operation, graph.Elementwise("Abs", value), axis, keepsAxis);
            case 2:
                return graph.Elementwise("Sqrt", Sum(operation, graph.Mul(value, value), axis, keepsAxis));
            case <= 0 or double.PositiveInfinity:
                throw operation.NotSupported($"{operation.MethodName} has a norm of order {power}", "Use amax of abs, or count");
            default:
            {
                OnnxValue powers = graph.AddNode("Pow", [graph.Elementwise("Abs", value), graph.ScalarLike(value, power, "power")], rank: value.Rank);
                OnnxValue sum = Sum(operation, powers, axis, keepsAxis);
                return graph.AddNode("Pow", [sum, graph.ScalarLike(value, 1 / power, "root")], rank: sum.Rank);
            }
        }
    }

    private static OnnxValue Sum(Operation operation, OnnxValue value, int axis, bool keepsAxis) => operation.Graph.AddNode(
        "ReduceSum", [value, operation.Graph.Int64s("axes", [axis])], [OnnxAttribute.Bool("keepdims", keepsAxis)], rank: keepsAxis ? value.Rank : value.Rank - 1);

    private static OnnxValue AtLeast(Operation operation, OnnxValue value, double least) =>
        operation.Graph.AddNode("Max", [value, operation.Graph.ScalarLike(value, least, "least")], rank: value.Rank);

    private static IReadOnlyList<TracedSize?> CommonShape(Operation operation, IReadOnlyList<TracedSize?> one, IReadOnlyList<TracedSize?> other)
    {
        int rank = Math.Max(one.Count, other.Count);
        return [.. Enumerable.Range(-rank, rank).Select(axis => SizeAt(one, axis) is { } size && !size.Equals(operation.Fixed(1)) ? size : SizeAt(other, axis) ?? SizeAt(one, axis))];

        static TracedSize? SizeAt(IReadOnlyList<TracedSize?> shape, int axis) => shape.Count + axis >= 0 ? shape[shape.Count + axis] : null;
    }
}
