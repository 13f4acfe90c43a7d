using MnistAdder.Onnx;

namespace MnistAdder.OnnxBatching.Independence.Flows;

/// <summary>A node of a graph with what is known of its inputs, for the rule of its operator.</summary>
/// <param name="node">The node.</param>
/// <param name="inputs">Its inputs in order; null for one that is left out.</param>
/// <param name="opset">The version of its operator set.</param>
/// <param name="scope">What tells values of this graph from those of the same names in others.</param>
internal sealed class Operation(NodeProto node, Flow?[] inputs, long opset, string scope)
{
    private readonly bool[] _followed = new bool[inputs.Length];

    /// <summary>Gives what is known of a node's outputs.</summary>
    /// <returns>One for each output of the operator, as many as the node may have; or one for all.</returns>
    /// <exception cref="UndecidedException">One thing is known of all outputs.</exception>
    public delegate IReadOnlyList<Flow> Rule(Operation operation);

    /// <summary>The operator's name.</summary>
    public string Type => node.OpType;

    /// <summary>The version of its operator set.</summary>
    public long Opset => opset;

    /// <summary>The inputs that are given.</summary>
    public IEnumerable<Flow> Inputs => inputs.OfType<Flow>();

    /// <summary>How many places for inputs the node has.</summary>
    public int InputCount => inputs.Length;

    /// <summary>How many outputs the node names.</summary>
    public int OutputCount => node.Output.Count;

    /// <summary>How many outputs the node gives a name.</summary>
    public int NamedOutputs => node.Output.Count(name => name.Length > 0);

    /// <summary>Whether an input is given.</summary>
    public bool Has(int index) => index < inputs.Length && inputs[index] is not null;

    /// <summary>The first input that isn't the same for all rows and that the rule hasn't followed; null where there is none.</summary>
    public string? Unfollowed => Enumerable.Range(0, inputs.Length).Where(index => inputs[index] is { Kind: not FlowKind.Same } && !_followed[index]).Select(index => node.Input[index]).FirstOrDefault();

    /// <summary>A look at an input. What is made of it has to be followed, too.</summary>
    public Flow Input(int index) => Has(index) ? inputs[index]! : throw Unknown("an input is missing");

    /// <summary>An input as it is, whatever the rule makes of it.</summary>
    public Flow Follow(int index)
    {
        Flow flow = Input(index);
        _followed[index] = true;
        return flow;
    }

    /// <summary>What a rule gives for positions, or other integers of rows, that it only puts elsewhere.</summary>
    /// <param name="rule">A rule that leaves the numbers of the first input as they are.</param>
    public static Rule Placing(Rule rule) => operation =>
    {
        if (!operation.Has(0) || operation.Input(0) is not ({ Kind: FlowKind.Positions, IsTuple: false } or { Kind: FlowKind.PerRow, Below: not null }))
            return rule(operation);
        Flow integers = operation.Follow(0);
        Operation own = operation.With(integers.Own);
        Flow[] results = [.. rule(own).Select(result => result.Holding(integers))];
        if (own.Unfollowed is { } input)
            throw operation.Unknown($"reads '{input}' in a way that isn't followed");
        operation.FollowAll();
        return results;
    };

    /// <summary>All inputs that are given, as they are.</summary>
    public Flow[] FollowAll() => [.. Enumerable.Range(0, inputs.Length).Where(Has).Select(Follow)];

    /// <summary>An input whose numbers are computed with.</summary>
    public Flow Data(int index)
    {
        Flow flow = Follow(index);
        if (flow.Kind == FlowKind.Sizes)
            throw Mixed("computes with the number of rows");
        if (flow.Kind == FlowKind.Positions)
            throw Mixed("computes with the numbers of the rows");
        return flow.Padding is null ? flow : throw Mixed("reads texts that were filled up to the longest of the rows");
    }

    /// <summary>An input of a known number of dimensions whose numbers are computed with.</summary>
    public Flow Ranked(int index) => Data(index) is { Shape: not null } flow ? flow : throw Unknown("the number of an input's dimensions isn't known");

    /// <summary>Ends the rule where one of some inputs, as far as they are given, isn't the same for all rows.</summary>
    public void RequireSame(params ReadOnlySpan<int> indices)
    {
        foreach (int index in indices)
        {
            if (Has(index) && Data(index).Kind != FlowKind.Same)
                throw Mixed("has for all rows what each row says differently");
        }
    }

    /// <summary>Known integers of an input.</summary>
    public long[] Integers(int index)
    {
        Flow flow = Follow(index);
        if (flow.Kind is FlowKind.PerRow or FlowKind.Positions)
            throw Mixed("has for all rows what each row says differently");
        if (flow.Elements is not { } elements || !Array.TrueForAll(elements, element => element.Known is not null))
            throw Unknown("depends on integers that aren't constants");
        return [.. elements.Select(element => element.Known!.Value)];
    }

    /// <summary>Sizes of an input, not necessarily known ones.</summary>
    public Size[] Sizes(int index)
    {
        Flow flow = Follow(index);
        if (flow.Kind is FlowKind.PerRow or FlowKind.Positions)
            throw Mixed("has for all rows what each row says differently");
        return flow.Elements ?? throw Unknown("depends on a shape that isn't known");
    }

    /// <summary>Integers that older versions of an operator have as an attribute and newer ones as an input; null where there are none.</summary>
    public long[]? IntegersOf(string attribute, int index) => Integers(attribute) ?? (Has(index) ? Integers(index) : null);

    /// <summary>An attribute of integers; null where it isn't given.</summary>
    public long[]? Integers(string attribute) => Attribute(attribute) is { } found ? [.. found.Ints] : null;

    /// <summary>An attribute that is an integer.</summary>
    public long Integer(string attribute, long otherwise) => Attribute(attribute)?.I ?? otherwise;

    /// <summary>An attribute that is a text.</summary>
    public string Text(string attribute, string otherwise) => Attribute(attribute)?.S.ToStringUtf8() ?? otherwise;

    /// <summary>An attribute.</summary>
    public AttributeProto? Attribute(string name) => node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    /// <summary>An axis counted from the front.</summary>
    public int Axis(long axis, int rank)
    {
        long index = axis < 0 ? axis + rank : axis;
        return index >= 0 && index < rank ? (int)index : throw Unknown($"axis {axis} lies outside {rank} dimensions");
    }

    /// <summary>A size of an output of which nothing is known but that rows have nothing to do with it.</summary>
    public Size Dimension(int axis, int output = 0) => Size.Dimension($"{Name(output)}:{axis}");

    /// <summary>Sizes of an output that is no row's part, of which nothing is known.</summary>
    public Size[] Dimensions(int rank, int output = 0) => [.. Enumerable.Range(0, rank).Select(axis => Dimension(axis, output))];

    /// <summary>An output's name, told from those of other graphs.</summary>
    public string Name(int output = 0) => scope + (output < node.Output.Count ? node.Output[output] : "");

    /// <summary>Ends a rule: rows meet here.</summary>
    public UndecidedException Mixed(string clause) => new(Flow.Mixed(Say(clause)));

    /// <summary>Ends a rule: nothing is known.</summary>
    public UndecidedException Unknown(string clause) => new(Flow.Unknown(Say(clause)));

    private Operation With(Flow first) => new(node, [first, .. inputs.Skip(1)], opset, scope);

    private string Say(string clause) => $"{node.OpType}{(node.Name.Length > 0 ? $" '{node.Name}'" : node.Output.Count > 0 ? $" '{node.Output[0]}'" : "")} {clause}";
}

/// <summary>One thing is known of all outputs of a node.</summary>
internal sealed class UndecidedException(Flow flow) : Exception
{
    /// <summary>What is known.</summary>
    public Flow Flow { get; } = flow;
}
