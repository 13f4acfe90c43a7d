using MnistAdder.OnnxBatching.Independence.Flows;

namespace MnistAdder.OnnxBatching.Independence.Operators;

/// <summary>Operators that take from places and write to them, which are tuples of indices.</summary>
internal static class PlaceRules
{
    public static void AddTo(Dictionary<(string, string), Operation.Rule> rules)
    {
        rules.Add("", GatherNd, "GatherND");
        rules.Add("", ScatterNd, "ScatterND");
    }

    /// <summary>Each row's number before indices of its own: places in that row.</summary>
    public static Flow Tuples(Operation operation, Flow first, int rank)
    {
        operation.Follow(0);
        Flow[] others = [.. Enumerable.Range(1, operation.InputCount - 1).Select(operation.Ranked)];
        bool isLast = rank > 1 && operation.Axis(operation.Integer("axis", 1), rank) == rank - 1 && first.Axis < rank - 1;
        if (!isLast || others.Any(other => other.Kind != FlowKind.PerRow || other.Shape!.Length != rank || other.Axis != first.Axis || !other.HasRowsAs(first)))
            throw operation.Mixed("joins the numbers of the rows to something that isn't as many");
        Size depth = others.Aggregate(Size.One, (sum, other) => sum + other.Shape![^1]);
        return Flow.Positions(Flow.PerRow([.. first.Shape![..^1], depth], first.Axis, first.Outer), Size.One, null, isTuple: true);
    }

    private static Flow[] GatherNd(Operation operation)
    {
        int batches = (int)operation.Integer("batch_dims", 0);
        Flow data = operation.Ranked(0), indices = batches == 0 && AreOfOwnRows(data, operation.Input(1)) ? operation.Follow(1) : operation.Ranked(1);
        if (indices.Shape!.Length == 0 || indices.Shape[^1].Known is not { } depth)
            throw operation.Unknown("has indices of an unknown number of dimensions");
        Size[] shape = [.. indices.Shape[..^1], .. data.Shape!.Skip(batches + (int)depth)];
        if (indices.Kind == FlowKind.Positions)
            return [Flow.PerRow(shape, indices.Axis, indices.Outer)];
        if (data.Kind == FlowKind.Same)
        {
            if (indices.Kind == FlowKind.Same)
                return [Flow.Same(shape)];
            if (indices.Axis < indices.Shape.Length - 1 && batches == 0)
                return [Flow.PerRow(shape, indices.Axis, indices.Outer)];
        }
        else if (indices.Kind == FlowKind.PerRow && data.Axis == indices.Axis && data.Axis < batches && data.HasRowsAs(indices))
        {
            return [Flow.PerRow(shape, data.Axis, data.Outer)];
        }

        throw operation.Mixed("takes some of the rows");
    }

    private static bool AreOfOwnRows(Flow data, Flow indices) => indices.AreRowNumbers && indices.Axis < indices.Shape!.Length - 1 && (indices.IsTuple || indices.Shape[^1].Known == 1)
        && data is { Kind: FlowKind.PerRow, Axis: 0 } && data.Outer == Size.One && data.Shape![0] == Size.Rows;

    // Each row's updates go to places in that row.
    private static Flow[] ScatterNd(Operation operation)
    {
        Flow data = operation.Ranked(0), updates = operation.Ranked(2);
        if (AreOfOwnRows(data, operation.Input(1)))
        {
            Flow indices = operation.Follow(1);
            return updates.Kind == FlowKind.PerRow && updates.Axis == indices.Axis && updates.HasRowsAs(indices) ? [data.WithShape(data.Shape!)] : throw operation.Mixed("writes to other rows");
        }

        bool isSame = data.Kind == FlowKind.Same && updates.Kind == FlowKind.Same && operation.Data(1).Kind == FlowKind.Same;
        return isSame ? [Flow.Same(data.Shape)] : throw operation.Mixed("writes to other rows");
    }
}
