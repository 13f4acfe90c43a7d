using MnistAdder.OnnxBatching.Independence.Flows;

namespace MnistAdder.OnnxBatching.Independence.Operators;

/// <summary>Values of different shapes computed with element by element, as ONNX's docs/Broadcasting.md says.</summary>
internal static class Broadcasting
{
    /// <summary>What is known of the result.</summary>
    /// <param name="operation">The operator.</param>
    /// <param name="flows">Its operands, of which each has a known number of dimensions unless all are the same for all rows.</param>
    /// <exception cref="UndecidedException">Rows meet, or it can't be said.</exception>
    public static Flow Combine(Operation operation, IReadOnlyList<Flow> flows)
    {
        if (flows.Count == 0)
            throw operation.Unknown("has no operands");
        if (flows.Any(flow => flow.Shape is null))
            return flows.All(flow => flow.Kind == FlowKind.Same) ? Flow.Same(null) : throw operation.Unknown("combines rows with something of an unknown number of dimensions");
        int rank = flows.Max(flow => flow.Shape!.Length);
        Size[] shape = [.. Enumerable.Range(0, rank).Select(axis => flows.Select(flow => At(flow, axis, rank)).Aggregate((left, right) => Broadcast(left, right)))];

        Flow? rows = flows.FirstOrDefault(flow => flow.Kind == FlowKind.PerRow);
        if (rows is null)
            return Flow.Same(shape);
        int rowAxis = rows.Axis + rank - rows.Shape!.Length;
        foreach (Flow flow in flows)
            CheckAlignment(operation, flow, rows, rowAxis, rank);
        shape[rowAxis] = rows.Shape[rows.Axis];
        return Flow.PerRow(shape, rowAxis, rows.Outer);
    }

    /// <summary>Ends the rule where a value that is combined with rows isn't along their axis what each row alone sees.</summary>
    /// <param name="operation">The operator.</param>
    /// <param name="flow">The value.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="rowAxis">Where their axis comes to lie.</param>
    /// <param name="rank">Dimensions of the result.</param>
    public static void CheckAlignment(Operation operation, Flow flow, Flow rows, int rowAxis, int rank)
    {
        if (flow.Kind == FlowKind.PerRow)
        {
            if (flow.Axis + rank - flow.Shape!.Length != rowAxis || !flow.HasRowsAs(rows))
                throw operation.Mixed("combines different rows");
        }
        else if (At(flow, rowAxis, rank).Known != 1)
        {
            throw At(flow, rowAxis, rank).Known is null
                ? operation.Unknown("combines rows with something of unknown size along them")
                : operation.Mixed("combines rows with something that has a place for each of a number of them");
        }
    }

    /// <summary>The size that two sizes have in common.</summary>
    public static Size Broadcast(Size left, Size right)
    {
        if (left == right || right.Known == 1)
            return left;
        if (left.Known == 1 || right.Known is not null)
            return right;
        return left.Known is not null ? left : Size.Opaque("broadcast", left, right);
    }

    private static Size At(Flow flow, int axis, int rank)
    {
        int own = axis - (rank - flow.Shape!.Length);
        return own < 0 ? Size.One : flow.Shape[own];
    }
}
