using MnistAdder.Onnx;
using MnistAdder.Onnx.Graphs;
using MnistAdder.OnnxBatching.Independence.Flows;
using MnistAdder.OnnxBatching.Independence.Operators;

namespace MnistAdder.OnnxBatching.Independence;

/// <summary>
/// Follows the rows of a batch from a model's inputs through its nodes to its outputs: a proof, operator by operator, that a row's
/// results depend on that row alone, or that they don't.
/// </summary>
/// <remarks>
/// Says nothing of models that it can't follow, and nothing of rounding: kernels may add up in another order for more rows. Source of
/// what the operators do: ONNX's own definitions (github.com/onnx/onnx, docs/Operators.md, and -ml.md) and ONNX Runtime's of its
/// domain com.microsoft (docs/ContribOperators.md).
/// </remarks>
internal sealed class GraphFlow
{
    private const string RuntimeDomain = "com.microsoft", ClassicalDomain = "ai.onnx.ml";

    // Loops in loops, and functions of functions, would have this grow without end.
    private const int MostSteps = 1_000_000;

    // How the domains begin that have operators of their own.
    private static readonly string[] s_operatorDomains = ["ai.onnx", "com.microsoft", "com.ms."];

    private readonly Dictionary<string, Flow> _values;
    private readonly Dictionary<(string, string), FunctionProto?> _functions;
    private readonly Dictionary<string, long> _opsets;
    private readonly string _scope;
    private readonly StepCount _steps;

    private GraphFlow(
        IEnumerable<KeyValuePair<string, Flow>> values, Dictionary<(string, string), FunctionProto?> functions, Dictionary<string, long> opsets, string scope, StepCount steps)
    {
        _steps = steps;
        _values = new(values, StringComparer.Ordinal);
        _functions = functions;
        _opsets = opsets;
        _scope = scope;
    }

    /// <summary>Follows rows through a model.</summary>
    /// <param name="model">The model; numbers of large tensors may be missing.</param>
    /// <param name="inputs">Inputs that have rows along their first axis.</param>
    /// <param name="outputs">Outputs that are wanted.</param>
    /// <returns>What is known of each output, in order.</returns>
    public static IReadOnlyList<Flow> Follow(ModelProto model, IReadOnlyCollection<string> inputs, IReadOnlyList<string> outputs)
    {
        // Of functions of one name, which differ by what they overload, none is known: which one is called isn't read.
        var functions = new Dictionary<(string, string), FunctionProto?>();
        foreach (FunctionProto function in model.Functions)
        {
            if (!functions.TryAdd((Plain(function.Domain), function.Name), function))
                functions[(Plain(function.Domain), function.Name)] = null;
        }

        var flow = new GraphFlow([], functions, Versions(model.OpsetImport), "", new StepCount());
        foreach (ValueInfoProto input in model.Graph.Input.Where(input => inputs.Contains(input.Name)))
            flow._values[input.Name] = OfInput(input);
        // One that an input may override is what the input says where it is fed.
        flow.AddConstants(model.Graph, inputs);
        flow.Run(model.Graph.Node);
        return [.. outputs.Select(name => Own(flow.Value(name), name))];
    }

    // A row alone has no texts that it was filled up with.
    private static Flow Own(Flow flow, string name) =>
        flow.Padding is null ? flow : Flow.Mixed($"the output '{name}' is as long as the longest of the rows");

    /// <summary>Follows rows through a graph inside a node.</summary>
    /// <param name="graph">The inner graph.</param>
    /// <param name="inputs">Its inputs, by their places.</param>
    /// <param name="name">What tells it from others.</param>
    /// <returns>What is known of its outputs.</returns>
    public IReadOnlyList<Flow> Follow(GraphProto graph, IReadOnlyList<Flow> inputs, string name)
    {
        var inner = new GraphFlow(_values, _functions, _opsets, $"{_scope}{name}/", _steps);
        foreach ((ValueInfoProto input, Flow flow) in graph.Input.Zip(inputs))
            inner._values[input.Name] = flow;
        inner.AddConstants(graph, [.. graph.Input.Take(inputs.Count).Select(input => input.Name)]);
        inner.Run(graph.Node);
        return [.. graph.Output.Select(output => inner.Value(output.Name))];
    }

    private static Flow OfInput(ValueInfoProto input)
    {
        if (input.Type?.TensorType?.Shape is not { Dim.Count: > 0 } shape)
            return Flow.Unknown($"the input '{input.Name}' is no tensor of known dimensions");
        // Dimensions of one name have one size: ONNX's meaning of the name.
        Size Of(TensorShapeProto.Types.Dimension dimension, int axis) => dimension.ValueCase switch
        {
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when dimension.DimValue > 0 => Size.Of(dimension.DimValue),
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam when dimension.DimParam.Length > 0 => Size.Dimension(dimension.DimParam),
            _ => Size.Dimension($"{input.Name}:{axis}"),
        };
        return Flow.PerRow([Size.Rows, .. shape.Dim.Skip(1).Select((dimension, axis) => Of(dimension, axis + 1))], 0);
    }

    private void AddConstants(GraphProto graph, IReadOnlyCollection<string> fed)
    {
        foreach (TensorProto tensor in graph.Initializer.Where(tensor => !fed.Contains(tensor.Name)))
            _values[tensor.Name] = Flow.OfConstant(tensor);
    }

    private Flow Value(string name) => _values.TryGetValue(name, out Flow? flow) ? flow : Flow.Unknown($"nothing makes '{name}'");

    private void Run(IEnumerable<NodeProto> nodes)
    {
        foreach (NodeProto node in nodes)
        {
            IReadOnlyList<Flow> flows = Apply(node);
            for (int i = 0; i < node.Output.Count; i++)
            {
                if (node.Output[i].Length > 0)
                    _values[node.Output[i]] = i < flows.Count ? flows[i] : flows.Count > 0 ? flows[^1] : Flow.Unknown($"nothing makes '{node.Output[i]}'");
            }
        }
    }

    private IReadOnlyList<Flow> Apply(NodeProto node)
    {
        if (++_steps.Done > MostSteps)
            return [Flow.Unknown("the model has too many steps to follow")];
        Flow?[] inputs = [.. node.Input.Select(name => name.Length == 0 ? null : Value(name))];
        string domain = Plain(node.Domain);
        // Operators of these domains that aren't random give the same for the same.
        bool isSame = (domain is "" or ClassicalDomain or RuntimeDomain) && inputs.All(input => input is null or { Kind: FlowKind.Same });
        try
        {
            if (_functions.TryGetValue((domain, node.OpType), out FunctionProto? function))
            {
                // ONNX Runtime takes its own operator where it has one of that name.
                if (domain.Length == 0 || Array.Exists(s_operatorDomains, start => domain.StartsWith(start, StringComparison.Ordinal)))
                    return [Flow.Unknown($"{node.OpType} is a function with a name of an operator's")];
                return function is null ? [Flow.Unknown($"there are several functions {node.OpType}")] : Inline(function, node, inputs);
            }

            var operation = new Operation(node, inputs, _opsets.GetValueOrDefault(domain), _scope);
            if (domain is "" or RuntimeDomain && OperatorRules.IsRandom(operation))
                return [Flow.Mixed($"{node.OpType} is random")];
            if (inputs.FirstOrDefault(input => input?.Kind == FlowKind.Mixed) is { } mixed)
                return [mixed];
            if (inputs.FirstOrDefault(input => input?.Kind == FlowKind.Unknown) is { } unknown)
                return [unknown];
            if (ControlFlowRules.Find(domain, node.OpType) is { } control)
                return control(operation, this);
            if (OperatorRules.Find(domain, node.OpType) is { } rule)
            {
                IReadOnlyList<Flow> outputs = rule(operation);
                return operation.Unfollowed is { } input ? [Flow.Unknown($"{node.OpType} reads '{input}' in a way that isn't followed")] : outputs;
            }

            return [isSame ? Flow.Same(null) : Flow.Unknown($"{(domain.Length > 0 ? domain + "." : "")}{node.OpType} isn't known")];
        }
        catch (UndecidedException exception)
        {
            return [isSame && exception.Flow.Kind == FlowKind.Unknown && ControlFlowRules.Find(domain, node.OpType) is null ? Flow.Same(null) : exception.Flow];
        }
    }

    private IReadOnlyList<Flow> Inline(FunctionProto function, NodeProto call, Flow?[] inputs)
    {
        // Each call has names of its own: the sizes of one aren't those of another.
        var inner = new GraphFlow([], _functions, Versions(function.OpsetImport), $"{_scope}{call.Output.FirstOrDefault("")}/{function.Name}/", _steps);
        foreach ((string name, Flow? flow) in function.Input.Zip(inputs))
        {
            if (flow is not null)
                inner._values[name] = flow;
        }

        inner.Run(function.Node.Select(node => WithAttributes(node, function, call, inner._values)));
        return [.. function.Output.Select(inner.Value)];
    }

    // A node of a function with the attributes that the call gives, or the function's defaults; an input of the function that the call
    // leaves out is left out.
    private static NodeProto WithAttributes(NodeProto node, FunctionProto function, NodeProto call, Dictionary<string, Flow> values)
    {
        NodeProto bound = node.Clone();
        Bind(bound, function, call);
        for (int i = 0; i < bound.Input.Count; i++)
        {
            if (function.Input.Contains(bound.Input[i]) && !values.ContainsKey(bound.Input[i]))
                bound.Input[i] = "";
        }

        return bound;
    }

    // Also in the graphs inside a node.
    private static void Bind(NodeProto node, FunctionProto function, NodeProto call)
    {
        AttributeProto[] attributes = [.. node.Attribute];
        node.Attribute.Clear();
        foreach (AttributeProto attribute in attributes)
        {
            if (attribute.RefAttrName.Length == 0)
            {
                foreach (NodeProto inner in attribute.G?.Node ?? [])
                    Bind(inner, function, call);
                node.Attribute.Add(attribute);
                continue;
            }

            AttributeProto? given = call.Attribute.FirstOrDefault(given => given.Name == attribute.RefAttrName)
                ?? function.AttributeProto.FirstOrDefault(given => given.Name == attribute.RefAttrName);
            if (given is null)
                continue;
            AttributeProto named = given.Clone();
            named.Name = attribute.Name;
            node.Attribute.Add(named);
        }
    }

    private static Dictionary<string, long> Versions(IEnumerable<OperatorSetIdProto> imports)
    {
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (OperatorSetIdProto import in imports)
            versions[Plain(import.Domain)] = import.Version;
        return versions;
    }

    private static string Plain(string domain) => ModelGraph.IsOnnx(domain) ? "" : domain;

    private sealed class StepCount
    {
        public int Done { get; set; }
    }
}
