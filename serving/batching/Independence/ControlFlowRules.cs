using MnistAdder.Onnx;
using MnistAdder.OnnxBatching.Independence.Flows;

namespace MnistAdder.OnnxBatching.Independence;

/// <summary>Operators that have graphs among their attributes.</summary>
internal static class ControlFlowRules
{
    // Tells what a value's size is in one round from what it is in the end.
    private const string OneRound = " in one round";

    // What a loop carries on has settled by then, or isn't followed: each round can only make it vaguer.
    private const int MostRounds = 6;

    /// <summary>Gives what is known of the outputs of a node whose graphs are followed by the flow that is given.</summary>
    public delegate IReadOnlyList<Flow> Rule(Operation operation, GraphFlow flow);

    /// <summary>The rule of an operator; null where it has none here.</summary>
    public static Rule? Find(string domain, string type) => (domain, type) switch
    {
        ("", "If") => If,
        ("", "Loop") => Loop,
        ("", "Scan") => Scan,
        _ => null,
    };

    private static IReadOnlyList<Flow> If(Operation operation, GraphFlow flow)
    {
        Flow condition = operation.Data(0);
        if (condition.Kind != FlowKind.Same)
            throw operation.Mixed("asks one question of all rows");
        if (condition.Elements is [{ Known: { } known }])
            return Branch(known != 0 ? "then_branch" : "else_branch");
        return [.. Branch("then_branch").Zip(Branch("else_branch"), (left, right) => (left, right)).Select((pair, i) => pair.left.Join(pair.right, operation.Name(i)))];

        IReadOnlyList<Flow> Branch(string name) => flow.Follow(Graph(operation, name), [], $"{operation.Name()}/{name}");
    }

    // (M, condition, what is carried on …) to (what was carried on …, what each round gave …)
    private static IReadOnlyList<Flow> Loop(Operation operation, GraphFlow flow)
    {
        for (int i = 0; i < 2; i++)
        {
            if (operation.Has(i) && operation.Data(i).Kind != FlowKind.Same)
                throw operation.Mixed("goes round equally often for all rows");
        }

        GraphProto body = Graph(operation, "body");
        Flow[] carried = [.. Enumerable.Range(2, Math.Max(0, operation.InputCount - 2)).Select(operation.Follow)];
        IReadOnlyList<Flow> results = Settle(operation, carried, () => flow.Follow(body, [Flow.Same([]), Flow.Same([]), .. carried], operation.Name()), first: 1);
        if (results[0].Kind != FlowKind.Same)
            throw results[0].Kind is FlowKind.Unknown ? new UndecidedException(results[0]) : operation.Mixed("goes round equally often for all rows");
        return [.. carried.Select((state, i) => Afterwards(operation, state, i)), .. results.Skip(1 + carried.Length).Select((round, i) => Stacked(operation, round, 0, carried.Length + i))];
    }

    // (states …, what is gone through …) to (states …, what each step gave …)
    private static IReadOnlyList<Flow> Scan(Operation operation, GraphFlow flow)
    {
        int scanned = (int)operation.Integer("num_scan_inputs", 0), states = operation.InputCount - scanned;
        if (operation.Opset < 9 || scanned < 1 || states < 0)
            throw operation.Unknown("is of an old version");
        long[] axes = operation.Integers("scan_input_axes") ?? new long[scanned], outputAxes = operation.Integers("scan_output_axes") ?? [];
        Flow[] steps = [.. Enumerable.Range(0, scanned).Select(i => Slice(operation, operation.Ranked(states + i), axes[i]))];
        Flow[] carried = [.. Enumerable.Range(0, states).Select(operation.Follow)];
        GraphProto body = Graph(operation, "body");
        IReadOnlyList<Flow> results = Settle(operation, carried, () => flow.Follow(body, [.. carried, .. steps], operation.Name()), first: 0);
        return [.. carried.Select((state, i) => Afterwards(operation, state, i)), .. results.Skip(states).Select((step, i) => Stacked(operation, step, i < outputAxes.Length ? outputAxes[i] : 0, states + i))];
    }

    private static IReadOnlyList<Flow> Settle(Operation operation, Flow[] carried, Func<IReadOnlyList<Flow>> round, int first)
    {
        for (int rounds = 0; rounds < MostRounds; rounds++)
        {
            IReadOnlyList<Flow> results = round();
            if (results.Count < first + carried.Length)
                throw operation.Unknown("has a body of other outputs");
            bool isSettled = true;
            for (int i = 0; i < carried.Length; i++)
            {
                Flow joined = carried[i].Join(results[first + i], operation.Name(i) + OneRound);
                isSettled &= joined.IsLike(carried[i]);
                carried[i] = joined;
            }

            if (isSettled)
                return results;
        }

        throw operation.Unknown("carries on something that doesn't settle");
    }

    private static Flow Afterwards(Operation operation, Flow flow, int output) => flow.Shape is { } shape && Array.Exists(shape, size => size.Mentions(OneRound))
        ? flow.WithShape([.. shape.Select((size, axis) => size.Mentions(OneRound) && !size.HasRows ? operation.Dimension(axis, output) : size)])
        : flow;

    private static Flow Slice(Operation operation, Flow flow, long along)
    {
        int axis = operation.Axis(along, flow.Shape!.Length);
        Size[] shape = [.. flow.Shape.Where((_, other) => other != axis)];
        if (flow.Kind == FlowKind.Same)
            return Flow.Same(shape);
        return flow.Axis == axis ? throw operation.Mixed("goes through the rows") : Flow.PerRow(shape, flow.Axis < axis ? flow.Axis : flow.Axis - 1, flow.Outer);
    }

    private static Flow Stacked(Operation operation, Flow flow, long along, int output)
    {
        if (flow.Kind is FlowKind.Mixed or FlowKind.Unknown)
            return flow;
        if (flow.Kind is FlowKind.Sizes or FlowKind.Positions || flow.Padding is not null)
            throw operation.Mixed("collects the number of rows");
        if (Afterwards(operation, flow, output).Shape is not { } part)
            return Flow.Same(null);
        int axis = operation.Axis(along, part.Length + 1);
        Size[] shape = [.. part[..axis], operation.Dimension(axis, output), .. part[axis..]];
        return flow.Kind == FlowKind.Same ? Flow.Same(shape) : Flow.PerRow(shape, flow.Axis < axis ? flow.Axis : flow.Axis + 1, flow.Outer);
    }

    private static GraphProto Graph(Operation operation, string attribute) => operation.Attribute(attribute)?.G ?? throw operation.Unknown("has no graph");
}
