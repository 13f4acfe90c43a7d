using System.Globalization;
using AttributeType = MnistAdder.Onnx.AttributeProto.Types.AttributeType;

namespace MnistAdder.Onnx.Graphs;

/// <summary>A model's outermost graph, with who makes and who reads each value, for passes that rewrite it.</summary>
internal sealed class ModelGraph
{
    private readonly GraphProto _graph;
    private readonly List<NodeProto> _nodes;
    private readonly Dictionary<string, NodeProto> _producers = [];
    private readonly Dictionary<string, List<NodeProto>> _consumers = [];
    private readonly Dictionary<string, TensorProto> _initializers = [];
    private readonly Dictionary<string, TensorProto.Types.DataType> _inputs = [];
    private readonly HashSet<string> _names = [];

    // What has been read of the constants.
    private readonly Dictionary<string, FloatTensor?> _constants = [];

    // Values that are read from outside the nodes of this graph: its outputs, and what graphs inside its nodes capture.
    private readonly HashSet<string> _readElsewhere;
    private readonly HashSet<string> _staleInfo = [];

    private ModelGraph(GraphProto graph)
    {
        _graph = graph;
        _nodes = [.. graph.Node];
        _readElsewhere = [.. graph.Output.Select(output => output.Name)];
    }

    /// <summary>The nodes as they are now; the list doesn't change while it is enumerated.</summary>
    public IReadOnlyList<NodeProto> Nodes => [.. _nodes];

    /// <summary>Indexes a graph.</summary>
    /// <param name="graph">The graph, which passes will change.</param>
    /// <returns><see langword="null"/> where two things have one name, which no valid graph has.</returns>
    public static ModelGraph? TryCreate(GraphProto graph)
    {
        var indexed = new ModelGraph(graph);
        return indexed.TryIndex() ? indexed : null;
    }

    /// <summary>Whether a domain is that of ONNX's own operators.</summary>
    public static bool IsOnnx(string domain) => domain is "" or "ai.onnx";

    /// <summary>Whether a node is one of some operators of ONNX's own, with one output.</summary>
    public static bool Is(NodeProto node, params ReadOnlySpan<string> operators) =>
        IsOnnx(node.Domain) && operators.Contains(node.OpType) && node.Output is [{ Length: > 0 }];

    /// <summary>An attribute of a node; null where it isn't given.</summary>
    public static AttributeProto? Attribute(NodeProto node, string name) => node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    /// <summary>The values that a node reads, and those of this graph's that graphs inside of it may read.</summary>
    public static IEnumerable<string> Reads(NodeProto node) => node.Input.Concat(InnerGraphs(node).SelectMany(ReadsInside)).Where(name => name.Length > 0).Distinct();

    /// <summary>The node that makes a value; null for an input, an initializer and a value that nothing makes.</summary>
    public NodeProto? Producer(string value) => _producers.GetValueOrDefault(value);

    /// <summary>The nodes that read a value, one several times where it does so; null where something else reads it as well.</summary>
    public IReadOnlyList<NodeProto>? OnlyConsumers(string value) => _readElsewhere.Contains(value) ? null : Consumers(value);

    /// <summary>Whether a node, and nothing else, reads a value, and does so once.</summary>
    public bool IsOnlyReadBy(string value, NodeProto node) => OnlyConsumers(value) is [{ } only] && ReferenceEquals(only, node);

    /// <summary>The graph's inputs and their element types; of what is no tensor it is undefined.</summary>
    public IReadOnlyDictionary<string, TensorProto.Types.DataType> Inputs => _inputs;

    /// <summary>The numbers of a constant of floats; null for anything else, and for an initializer that an input can override.</summary>
    public FloatTensor? Constant(string value)
    {
        if (!_constants.TryGetValue(value, out FloatTensor? constant))
            _constants.Add(value, constant = Read(value));
        return constant;
    }

    private FloatTensor? Read(string value)
    {
        if (_initializers.TryGetValue(value, out TensorProto? initializer))
            return _inputs.ContainsKey(value) ? null : FloatTensor.From(initializer);
        return Producer(value) is { } node && Is(node, "Constant") && Attribute(node, "value")?.T is { } tensor ? FloatTensor.From(tensor) : null;
    }

    /// <summary>Adds a constant.</summary>
    /// <param name="likeness">Another name, which the new one begins with.</param>
    /// <param name="tensor">The numbers.</param>
    /// <returns>The name.</returns>
    public string AddConstant(string likeness, FloatTensor tensor)
    {
        string name = likeness + "/folded";
        for (int number = 2; !_names.Add(name); number++)
            name = string.Create(CultureInfo.InvariantCulture, $"{likeness}/folded_{number}");
        TensorProto initializer = tensor.ToInitializer(name);
        _graph.Initializer.Add(initializer);
        _initializers.Add(name, initializer);
        _constants[name] = tensor;
        return name;
    }

    /// <summary>Has a node read another value; the input next to its last one is added.</summary>
    public void SetInput(NodeProto node, int index, string value)
    {
        if (index == node.Input.Count)
            node.Input.Add("");
        Forget(node, node.Input[index]);
        node.Input[index] = value;
        Consumers(value).Add(node);
    }

    /// <summary>Takes a node away, whose output is made by another one from now on, in place of that one's own.</summary>
    /// <param name="node">The node to go, of one output.</param>
    /// <param name="producer">The other one; nothing but the node reads its output.</param>
    public void Merge(NodeProto node, NodeProto producer)
    {
        Remove(node);
        _producers.Remove(producer.Output[0]);
        _staleInfo.Add(producer.Output[0]);
        producer.Output[0] = node.Output[0];
        _producers[producer.Output[0]] = producer;
    }

    /// <summary>Takes a node away whose output nothing reads any more.</summary>
    public void Remove(NodeProto node)
    {
        foreach (string input in node.Input)
            Forget(node, input);
        _producers.Remove(node.Output[0]);
        _nodes.RemoveAt(_nodes.FindIndex(candidate => ReferenceEquals(candidate, node)));
    }

    /// <summary>Says that a value hasn't the shape any more that the file may state for it.</summary>
    public void ChangeShape(string value) => _staleInfo.Add(value);

    /// <summary>Writes the changes to the graph, without the constants that nothing reads any more.</summary>
    public void Complete()
    {
        foreach (NodeProto constant in Nodes.Where(node => Is(node, "Constant") && IsUnread(node.Output[0])))
            Remove(constant);
        TensorProto[] initializers = [.. _graph.Initializer.Where(tensor => !IsUnread(tensor.Name) || _inputs.ContainsKey(tensor.Name))];
        ValueInfoProto[] info = [.. _graph.ValueInfo.Where(value => !_staleInfo.Contains(value.Name))];
        _graph.Node.Clear();
        _graph.Node.Add(_nodes);
        _graph.Initializer.Clear();
        _graph.Initializer.Add(initializers);
        _graph.ValueInfo.Clear();
        _graph.ValueInfo.Add(info);
    }

    private bool TryIndex()
    {
        foreach (TensorProto initializer in _graph.Initializer)
        {
            if (!_initializers.TryAdd(initializer.Name, initializer))
                return false;
            _names.Add(initializer.Name);
        }

        foreach (ValueInfoProto input in _graph.Input)
        {
            if (!_inputs.TryAdd(input.Name, (TensorProto.Types.DataType)(input.Type?.TensorType?.ElemType ?? 0)))
                return false;
        }

        _names.UnionWith(_inputs.Keys);
        _names.UnionWith(_readElsewhere);
        foreach (NodeProto node in _nodes)
        {
            foreach (string input in node.Input)
                Consumers(input).Add(node);
            foreach (string output in node.Output.Where(output => output.Length > 0))
            {
                if (_initializers.ContainsKey(output) || !_producers.TryAdd(output, node))
                    return false;
            }

            _names.UnionWith(node.Input);
            _names.UnionWith(node.Output);
            foreach (GraphProto inner in InnerGraphs(node))
                Capture(inner);
        }

        return true;
    }

    // Names inside a graph that a node has among its attributes: those of the outer graph can be read there.
    private void Capture(GraphProto inner)
    {
        IEnumerable<string> read = [.. ReadsInside(inner)];
        _readElsewhere.UnionWith(read);
        _names.UnionWith([.. read, .. NamesInside(inner)]);
    }

    private static IEnumerable<string> ReadsInside(GraphProto inner) =>
        [.. inner.Output.Select(output => output.Name), .. inner.Node.SelectMany(node => node.Input), .. inner.Node.SelectMany(InnerGraphs).SelectMany(ReadsInside)];

    private static IEnumerable<string> NamesInside(GraphProto inner) =>
    [
        .. inner.Input.Select(input => input.Name), .. inner.Initializer.Select(tensor => tensor.Name), .. inner.Node.SelectMany(node => node.Output),
        .. inner.Node.SelectMany(InnerGraphs).SelectMany(NamesInside),
    ];

    private static IEnumerable<GraphProto> InnerGraphs(NodeProto node) => node.Attribute
        .Where(attribute => attribute.Type is AttributeType.Graph or AttributeType.Graphs || attribute.G is not null)
        .SelectMany(attribute => attribute.G is { } graph ? attribute.Graphs.Prepend(graph) : attribute.Graphs);

    private List<NodeProto> Consumers(string value)
    {
        if (!_consumers.TryGetValue(value, out List<NodeProto>? consumers))
            _consumers.Add(value, consumers = []);
        return consumers;
    }

    // Once; messages compare by their contents, hence the comparison by reference.
    private void Forget(NodeProto node, string input)
    {
        List<NodeProto> consumers = Consumers(input);
        int at = consumers.FindIndex(candidate => ReferenceEquals(candidate, node));
        if (at >= 0)
            consumers.RemoveAt(at);
    }

    private bool IsUnread(string value) => OnlyConsumers(value) is [];
}
