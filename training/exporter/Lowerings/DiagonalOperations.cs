namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Triangles and diagonals.</summary>
internal static class DiagonalOperations
{
    [Lowering("tril", "triu")]
    private static OnnxValue Triangle(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        bool widens = operation.OutputType is OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.Int16;
        OnnxValue triangle = graph.AddNode(
            "Trilu",
            [widens ? graph.Cast(operation.Self, OnnxElementType.Int32) : operation.Self, operation.Constant(OnnxElementType.Int64, operation.Integer(0, "diagonal"), "diagonal")],
            [OnnxAttribute.Bool("upper", operation.Name == "triu")],
            rank: operation.Rank);
        return operation.As(triangle, operation.OutputType);
    }

    [Lowering("diagonal")]
    private static OnnxValue Diagonal(Operation operation) => Diagonal(
        operation, operation.Self, operation.Integer(0, "offset"), operation.Axis(0, "dim1"), operation.Axis(1, "dim2"));

    [Lowering("diag")]
    private static OnnxValue Diag(Operation operation)
    {
        long offset = operation.Integer(0, "diagonal");
        return operation.Rank == 1 ? Embedded(operation, operation.Self, offset) : Diagonal(operation, operation.Self, offset, 0, 1);
    }

    [Lowering("diagflat")]
    private static OnnxValue DiagFlat(Operation operation) => Embedded(operation, operation.Graph.Reshape(operation.Self, -1), operation.Integer(0, "offset"));

    [Lowering("diag_embed")]
    private static OnnxValue DiagEmbed(Operation operation)
    {
        int rank = operation.OutputShape.Count;
        int rows = FromFront(operation.Integer(-2, "dim1"), rank), columns = FromFront(operation.Integer(-1, "dim2"), rank);
        OnnxValue matrices = Embedded(operation, operation.Self, operation.Integer(0, "offset"));
        var others = new Queue<long>(Enumerable.Range(0, rank - 2).Select(axis => (long)axis));
        return operation.Graph.Transpose(matrices, [.. Enumerable.Range(0, rank).Select(axis => axis == rows ? rank - 2 : axis == columns ? rank - 1 : others.Dequeue())]);
    }

    /// <summary>The elements at places (i, i + offset) of two axes, along a new last one.</summary>
    public static OnnxValue Diagonal(Operation operation, OnnxValue value, long offset, int rows, int columns)
    {
        OnnxGraph graph = operation.Graph;
        int rank = value.Rank!.Value;
        IEnumerable<long> others = Enumerable.Range(0, rank).Select(axis => (long)axis).Where(axis => axis != rows && axis != columns);
        OnnxValue front = graph.Transpose(value, [rows, columns, .. others]);
        OnnxValue height = graph.Shape(front, 0, 1), width = graph.Shape(front, 1, 2);
        OnnxValue length = graph.Binary("Min", offset < 0 ? graph.Add(height, offset) : height, offset > 0 ? graph.Sub(width, offset) : width);
        OnnxValue numbers = graph.Unsqueeze(graph.Numbers(graph.Extreme("Max", length, graph.ScalarLike(length, 0))), 1);
        OnnxValue places = graph.Concat(1, graph.Add(numbers, Math.Max(0, -offset)), graph.Add(numbers, Math.Max(0, offset)));
        OnnxValue diagonal = graph.AddNode("GatherND", [front, places], rank: rank - 1);
        return rank == 2 ? diagonal : graph.Transpose(diagonal, [.. Enumerable.Range(1, rank - 2).Select(axis => (long)axis), 0]);
    }

    // Matrices with the last axis on a diagonal: its elements in a row each, moved by that row's number.
    private static OnnxValue Embedded(Operation operation, OnnxValue value, long offset)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue length = graph.Shape(value, -1);
        OnnxValue numbers = graph.Numbers(graph.Add(length, Math.Abs(offset)));
        OnnxValue isOn = graph.Compare("Equal", graph.Add(graph.Unsqueeze(numbers, 1), offset), graph.Unsqueeze(numbers, 0));
        int rank = value.Rank!.Value;
        OnnxValue rest = graph.Constant(OnnxTensor.Scalar(OnnxElementType.Int64, 0), "zero");
        OnnxValue pads = graph.Concat(0, graph.Int64s("before", [.. new long[rank - 1], Math.Max(0, offset)]), graph.Int64s("after", [.. new long[rank - 1], Math.Max(0, -offset)]));
        OnnxValue row = offset == 0 ? value : Padded(graph, value, pads);
        OnnxValue wide = graph.Unsqueeze(row, rank - 1);
        return graph.Where(isOn, wide, operation.As(rest, value.ElementType));
    }

    private static OnnxValue Padded(OnnxGraph graph, OnnxValue value, OnnxValue pads) => value.ElementType == OnnxElementType.Int16
        ? graph.Cast(Padded(graph, graph.Cast(value, OnnxElementType.Int32), pads), OnnxElementType.Int16)
        : graph.AddNode("Pad", [value, pads], rank: value.Rank);

    private static int FromFront(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);
}
