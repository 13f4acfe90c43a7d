using MnistAdder.OnnxExport.Tracing;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Operations that move elements or change shapes.</summary>
internal static class ShapeOperations
{
    [Lowering("alias", "detach", "contiguous", "clone", "cpu", "requires_grad", "with_requires_grad", "positive", "resolve_conj", "resolve_neg", "pin_memory", "cuda", "mps")]
    private static OnnxValue Same(Operation operation) => operation.Self;

    [Lowering("to", "to_type", "type_as")]
    private static OnnxValue To(Operation operation)
    {
        // TorchSharp's one-hot vectors are integers, and most programs want fractions: ONNX makes them of any type.
        if (operation.Graph.ProducerOf(operation.Self) is { OpType: "OneHot", Inputs: [var indices, var depth, _] } node && operation.OutputType != OnnxElementType.Bool)
        {
            OnnxValue values = operation.Graph.Constant(OnnxTensor.FromNumbers(operation.OutputType, [0, 1], 2), "values");
            return operation.Graph.AddNode("OneHot", [indices, depth, values], [.. node.Attributes], operation.OutputType, operation.Rank);
        }

        return operation.As(operation.Self, operation.OutputType);
    }

    [Lowering("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "ravel", "atleast_1d", "atleast_2d", "atleast_3d")]
    private static OnnxValue Reshape(Operation operation)
    {
        if (operation.SelfShape.SequenceEqual(operation.OutputShape) && operation.OutputShape.All(size => size is not null))
            return operation.Self;
        if (operation.Name == "flatten" && operation.OutputShape.Count == 2 && operation.Integer(0, "start_dim") == 1)
            return operation.Graph.Flatten(operation.Self);
        if (operation.Name == "unsqueeze")
            return operation.Graph.Unsqueeze(operation.Self, operation.Integer(null, "dim") is var axis && axis < 0 ? axis + operation.OutputShape.Count : axis);
        if (operation.Name == "squeeze" && operation.Has("dim"))
            return operation.Graph.Squeeze(operation.Self, operation.Axis(null, "dim"));
        return operation.ReshapeTo(operation.Self, operation.SelfShape, operation.OutputShape);
    }

    [Lowering("expand", "broadcast_to")]
    private static OnnxValue Expand(Operation operation) =>
        operation.Graph.AddNode("Expand", [operation.Self, operation.ShapeValue(operation.OutputShape)], rank: operation.OutputShape.Count);

    [Lowering("transpose", "permute", "t", "swapaxes", "swapdims", "movedim", "adjoint", "get_mT", "get_mH")]
    private static OnnxValue Permute(Operation operation) => operation.Graph.Transpose(operation.Self, PermutationOf(operation));

    /// <summary>For each new dimension the old one.</summary>
    public static long[] PermutationOf(Operation operation)
    {
        long[] axes = [.. Enumerable.Range(0, operation.Rank).Select(axis => (long)axis)];
        switch (operation.Name)
        {
            case "permute":
                return [.. operation.Integers("permutation", "dims")!.Select(axis => (long)operation.AxisOf(axis))];
            case "movedim":
            {
                long[] from = [.. operation.Integers("source")!.Select(axis => (long)operation.AxisOf(axis))];
                long[] to = [.. operation.Integers("destination")!.Select(axis => (long)operation.AxisOf(axis))];
                var rest = new Queue<long>(axes.Except(from));
                return [.. axes.Select(axis => Array.IndexOf(to, axis) is >= 0 and var at ? from[at] : rest.Dequeue())];
            }

            case "t" or "adjoint" or "get_mT" or "get_mH":
                if (axes.Length >= 2)
                    Array.Reverse(axes, axes.Length - 2, 2);
                return axes;
            default:
            {
                int one = operation.Axis(null, "dim0", "axis0"), other = operation.Axis(null, "dim1", "axis1");
                (axes[one], axes[other]) = (axes[other], axes[one]);
                return axes;
            }
        }
    }

    [Lowering("cat")]
    private static OnnxValue Concat(Operation operation)
    {
        OnnxValue[] parts = [.. operation.Inputs("tensors").Select(part => operation.As(part, operation.OutputType))];
        return operation.Graph.Concat(AxisOfResult(operation, operation.OutputShape.Count, 0), parts);
    }

    [Lowering("stack")]
    private static OnnxValue Stack(Operation operation)
    {
        long axis = AxisOfResult(operation, operation.OutputShape.Count, 0);
        OnnxValue[] parts = [.. operation.Inputs("tensors").Select(part => operation.Graph.Unsqueeze(operation.As(part, operation.OutputType), axis))];
        return operation.Graph.Concat(axis, parts);
    }

    [Lowering("hstack", "vstack", "row_stack", "dstack", "column_stack")]
    private static OnnxValue StackParts(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue[] parts = [.. operation.Inputs("tensors", "tensor").Select(part => operation.As(part, operation.OutputType)).Select(part => (operation.Name, part.Rank) switch
        {
            ("hstack", 0) => graph.Unsqueeze(part, 0),
            ("vstack" or "row_stack" or "column_stack", 0) => graph.Unsqueeze(part, 0, 1),
            ("vstack" or "row_stack", 1) => graph.Unsqueeze(part, 0),
            ("column_stack", 1) => graph.Unsqueeze(part, 1),
            ("dstack", 0) => graph.Unsqueeze(part, 0, 1, 2),
            ("dstack", 1) => graph.Unsqueeze(part, 0, 2),
            ("dstack", 2) => graph.Unsqueeze(part, 2),
            _ => part,
        })];
        return graph.Concat(operation.Name switch { "dstack" => 2, "column_stack" => 1, "hstack" when parts[0].Rank > 1 => 1, _ => 0 }, parts);
    }

    /// <summary>A part, by ranges and places.</summary>
    [Lowering("narrow", "slice", "select", "get_TensorItems")]
    public static OnnxValue Slice(Operation operation) => Slicing.Of(operation, 0)!.Read(operation, operation.Self);

    /// <summary>Parts of an axis.</summary>
    [Lowering("chunk", "split", "tensor_split", "unbind", "hsplit", "vsplit", "dsplit")]
    public static OnnxValue[] Split(Operation operation) =>
    [
        .. Enumerable.Range(0, operation.OutputCount).Select(i => Slicing.Of(operation, i) is { } part
            ? part.Read(operation, operation.Self)
            : throw operation.NotSupported($"the parts that {operation.MethodName} gives don't follow the size of the input", "Split a dimension of fixed size")),
    ];

    [Lowering("repeat", "tile")]
    private static OnnxValue Repeat(Operation operation)
    {
        IReadOnlyList<TracedSize?> repeats = operation.Sizes("sizes", "reps")!;
        OnnxValue value = operation.Self;
        int missing = repeats.Count - operation.Rank;
        if (missing > 0)
            value = operation.Graph.Unsqueeze(value, [.. Enumerable.Range(0, missing).Select(axis => (long)axis)]);
        IReadOnlyList<TracedSize?> all = [.. Enumerable.Repeat(operation.Fixed(1), Math.Max(0, -missing)), .. repeats];
        return operation.Graph.AddNode("Tile", [value, operation.ShapeValue(all, "repeats")], rank: operation.OutputShape.Count);
    }

    private static long AxisOfResult(Operation operation, int rank, long missing) =>
        operation.Integer(missing, "dim") is var axis && axis < 0 ? axis + rank : axis;
}
