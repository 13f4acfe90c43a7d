using MnistAdder.OnnxBatching.Independence.Flows;

namespace MnistAdder.OnnxBatching.Independence.Operators;

/// <summary>Operators that compute along some axes: reductions, normalizations, sorting.</summary>
internal static class AxisRules
{
    private const string Runtime = "com.microsoft";

    public static void AddTo(Dictionary<(string, string), Operation.Rule> rules)
    {
        rules.Add("", Softmax, "Softmax", "LogSoftmax", "Hardmax");
        rules.Add("", operation => [Along(operation, operation.Integer("axis", -1))], "LpNormalization");
        rules.Add("", CumSum, "CumSum");
        rules.Add("", Reduce, "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare");
        rules.Add("", Best, "ArgMax", "ArgMin");
        rules.Add("", TopK, "TopK");
        rules.Add("", MeanVariance, "MeanVarianceNormalization");
        rules.Add("", LayerNormalization, "LayerNormalization", "SimplifiedLayerNormalization", "RMSNormalization");
        rules.Add(Runtime, LayerNormalization, "LayerNormalization", "SimplifiedLayerNormalization");
        rules.Add(Runtime, SkipNormalization, "SkipLayerNormalization", "SkipSimplifiedLayerNormalization");
        rules.Add("", operation => [OfLastTwo(operation, reduces: false)], "Trilu");
        rules.Add(Runtime, operation => [OfLastTwo(operation, reduces: false)], "Trilu");
        rules.Add("", operation => [OfLastTwo(operation, reduces: true)], "Det");
        rules.Add("", ReverseSequence, "ReverseSequence");
        rules.Add("", operation => Quantized(operation), "DynamicQuantizeLinear");
    }

    // Before version 13 all axes from the given one on were taken together.
    private static Flow[] Softmax(Operation operation)
    {
        if (operation.Opset >= 13)
            return [Along(operation, operation.Integer("axis", -1))];
        Flow data = operation.Ranked(0);
        int axis = operation.Axis(operation.Integer("axis", 1), data.Shape!.Length);
        return data.Kind == FlowKind.PerRow && data.Axis >= axis ? throw operation.Mixed("runs along the rows") : [data.WithShape(data.Shape)];
    }

    private static Flow Along(Operation operation, long along)
    {
        Flow data = operation.Ranked(0);
        int axis = operation.Axis(along, data.Shape!.Length);
        return data.Kind == FlowKind.PerRow && data.Axis == axis ? throw operation.Mixed("runs along the rows") : data.WithShape(data.Shape);
    }

    private static Flow[] CumSum(Operation operation)
    {
        if (operation.Data(0).Kind == FlowKind.Same && operation.Data(1).Kind == FlowKind.Same)
            return [Flow.Same(operation.Data(0).Shape)];
        return [Along(operation, operation.Integers(1) is [var axis] ? axis : throw operation.Unknown("has no single axis"))];
    }

    private static Flow[] Reduce(Operation operation)
    {
        if (operation.Input(0) is { Kind: FlowKind.Same, Shape: null } || (operation.Input(0).Kind == FlowKind.Same && operation.Has(1) && operation.Input(1) is { Kind: FlowKind.Same, Elements: null }))
            return [Flow.Same(null)];
        if (OfIntegers(operation) is { } integers)
            return [integers];
        Flow data = operation.Ranked(0);
        long[] axes = operation.IntegersOf("axes", 1) ?? [];
        if (axes.Length > 0)
            return [Reduced(operation, data, axes)];
        return operation.Integer("noop_with_empty_axes", 0) != 0
            ? [data.WithShape(data.Shape!)]
            : [Reduced(operation, data, [.. Enumerable.Range(0, data.Shape!.Length).Select(axis => (long)axis)])];
    }

    // A place along an axis lies within it.
    private static Flow[] Best(Operation operation)
    {
        Flow data = operation.Ranked(0);
        long axis = operation.Integer("axis", 0);
        Flow places = Reduced(operation, data, [axis]);
        return [places.Kind == FlowKind.PerRow ? places with { Below = data.Shape![operation.Axis(axis, data.Shape.Length)] } : places];
    }

    // The number of elements, of some sizes.
    private static Flow? OfIntegers(Operation operation)
    {
        bool isProduct = operation.Type == "ReduceProd";
        if (!(isProduct || operation.Type == "ReduceSum") || operation.Input(0) is not { Elements: { } elements, Shape.Length: 1 } || elements.Length == 0
            || (operation.IntegersOf("axes", 1) is not { Length: > 0 } && operation.Integer("noop_with_empty_axes", 0) != 0))
            return null;
        operation.Follow(0);
        return Flow.Of(operation.Integer("keepdims", 1) != 0 ? [Size.One] : [], [isProduct ? Size.Product(elements) : elements.Aggregate((left, right) => left + right)]);
    }

    private static Flow Reduced(Operation operation, Flow data, long[] axes)
    {
        int rank = data.Shape!.Length;
        int[] gone = [.. axes.Select(axis => operation.Axis(axis, rank))];
        if (data.Kind == FlowKind.PerRow && gone.Contains(data.Axis))
            throw operation.Mixed("runs along the rows");
        bool keeps = operation.Integer("keepdims", 1) != 0;
        Size[] shape = keeps
            ? [.. data.Shape.Select((size, axis) => gone.Contains(axis) ? Size.One : size)]
            : [.. data.Shape.Where((_, axis) => !gone.Contains(axis))];
        return data.Kind == FlowKind.Same ? Flow.Same(shape) : Flow.PerRow(shape, keeps ? data.Axis : data.Axis - gone.Count(axis => axis < data.Axis), data.Outer);
    }

    private static Flow[] TopK(Operation operation)
    {
        operation.RequireSame(1);
        Flow data = Along(operation, operation.Integer("axis", -1));
        int axis = operation.Axis(operation.Integer("axis", -1), data.Shape!.Length);
        Size[] shape = [.. data.Shape];
        shape[axis] = operation.Attribute("k") is { } attribute ? Size.Of(attribute.I) : operation.Has(1) && operation.Input(1).Elements is [var count] ? count : operation.Dimension(axis);
        Flow result = data.WithShape(shape);
        return [result, result];
    }

    private static Flow[] MeanVariance(Operation operation)
    {
        Flow data = operation.Ranked(0);
        bool meet = data.Kind == FlowKind.PerRow && (operation.Integers("axes") ?? [0, 2, 3]).Any(axis => operation.Axis(axis, data.Shape!.Length) == data.Axis);
        return meet ? throw operation.Mixed("runs along the rows") : [data.WithShape(data.Shape!)];
    }

    private static Flow[] LayerNormalization(Operation operation)
    {
        operation.RequireSame(1, 2);
        Flow data = operation.Ranked(0);
        int rank = data.Shape!.Length;
        int axis = operation.Axis(operation.Integer("axis", -1), rank);
        Size[] statistics = [.. data.Shape.Select((size, at) => at < axis ? size : Size.One)];
        if (data.Kind == FlowKind.Same)
            return [Flow.Same(data.Shape), Flow.Same(statistics)];
        if (data.Axis >= axis)
            throw operation.Mixed("runs along the rows");
        for (int parameter = 1; parameter <= 2; parameter++)
        {
            if (operation.Has(parameter))
                Broadcasting.CheckAlignment(operation, operation.Ranked(parameter), data, data.Axis, rank);
        }

        return [data.WithShape(data.Shape), data.WithShape(statistics), data.WithShape(statistics), data.WithShape(data.Shape)];
    }

    // (input, skip, gamma, beta, bias): the sum of input and skip is normalized along the last axis, and the fourth output.
    private static Flow[] SkipNormalization(Operation operation)
    {
        Flow data = Broadcasting.Combine(operation, [operation.Ranked(0), operation.Ranked(1)]);
        operation.RequireSame(2, 3, 4);
        if (data.Kind == FlowKind.Same)
            return [Flow.Same(null)];
        if (data.Axis >= data.Shape!.Length - 1)
            throw operation.Mixed("runs along the rows");
        Flow statistics = data.WithShape([.. data.Shape[..^1], Size.One]);
        return [data, statistics, statistics, data];
    }

    private static Flow OfLastTwo(Operation operation, bool reduces)
    {
        operation.RequireSame(1);
        Flow data = operation.Ranked(0);
        if (data.Shape!.Length < 2)
            throw operation.Unknown("has no matrices");
        if (data.Kind == FlowKind.PerRow && data.Axis >= data.Shape.Length - 2)
            throw operation.Mixed("runs along the rows");
        return data.WithShape(reduces ? data.Shape[..^2] : data.Shape);
    }

    private static Flow[] ReverseSequence(Operation operation)
    {
        Flow data = operation.Ranked(0), lengths = operation.Ranked(1);
        if (data.Kind == FlowKind.Same && lengths.Kind == FlowKind.Same)
            return [Flow.Same(data.Shape)];
        bool isAligned = data.Kind == FlowKind.PerRow && lengths.Kind == FlowKind.PerRow && data.HasRowsAs(lengths)
            && data.Axis == operation.Axis(operation.Integer("batch_axis", 1), data.Shape!.Length)
            && data.Axis != operation.Axis(operation.Integer("time_axis", 0), data.Shape.Length);
        return isAligned ? [data.WithShape(data.Shape!)] : throw operation.Mixed("has other sequences than rows");
    }

    // One scale for all, of the least and the greatest number of all rows.
    private static Flow[] Quantized(Operation operation) =>
        operation.Data(0).Kind == FlowKind.Same ? [Flow.Same(operation.Data(0).Shape), Flow.Same([])] : throw operation.Mixed("has one scale for all rows");
}
