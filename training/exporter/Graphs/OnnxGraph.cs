using System.Diagnostics.CodeAnalysis;
using MnistAdder.OnnxExport.Graphs;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport;

/// <summary>An ONNX graph under construction: inputs, nodes in the order they are added, weights, and outputs.</summary>
/// <remarks>
/// A graph is made top-down: <see cref="OnnxExporter.Begin"/>, then <see cref="Input"/>, then operators (<see cref="OnnxOperators"/>)
/// and TorchSharp modules (<see cref="Apply(nn.Module, OnnxValue[])"/>), then <see cref="Output"/> and
/// <see cref="OnnxGraphSerialization.ToModel"/>. The weights are copied as the modules are added. Not safe for several threads at once.
/// </remarks>
public sealed partial class OnnxGraph
{
    private readonly UniqueNames _valueNames = new();
    private readonly UniqueNames _nodeNames = new();
    private readonly List<OnnxTensorInfo> _inputs = [];
    private readonly List<OnnxTensorInfo> _outputs = [];
    private readonly List<OnnxNode> _nodes = [];
    private readonly List<OnnxInitializer> _initializers = [];
    private readonly Dictionary<nint, OnnxInitializer> _parameters = [];
    private readonly List<(string Name, OnnxInitializer Initializer)> _rearranged = [];
    private readonly Dictionary<OnnxValue, (int Call, int Output)> _traced = [];
    private readonly Dictionary<Tensor, string> _stateNames = new(ReferenceEqualityComparer.Instance);

    /// <param name="name">The graph's name in the model.</param>
    /// <param name="modules">How modules are exported as a whole.</param>
    /// <param name="follow">Adds what another module does with values.</param>
    internal OnnxGraph(string name, OnnxModuleRegistry modules, Func<OnnxGraph, OnnxModuleRegistry, nn.Module, OnnxValue[], IReadOnlyList<OnnxValue>> follow)
    {
        Name = name;
        _registry = modules;
        _follow = follow;
    }

    /// <summary>The graph's name in the model.</summary>
    internal string Name { get; }

    /// <summary>The tensors that a caller of the model gives.</summary>
    internal IReadOnlyList<OnnxTensorInfo> Inputs => _inputs;

    /// <summary>The tensors that a caller of the model gets.</summary>
    internal IReadOnlyList<OnnxTensorInfo> Outputs => _outputs;

    /// <summary>The operators in topological order.</summary>
    internal IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>The weights and constants, in the order they were first needed.</summary>
    internal IReadOnlyList<OnnxInitializer> Initializers => _initializers;

    /// <summary>Adds an input of the model.</summary>
    /// <param name="name">The input's name.</param>
    /// <param name="elementType">The type of its elements.</param>
    /// <param name="shape">Its dimensions; none for a scalar.</param>
    /// <returns>The input.</returns>
    /// <exception cref="ArgumentException">The name is empty or taken, or the type is undefined.</exception>
    public OnnxValue Input(string name, OnnxElementType elementType, params ReadOnlySpan<OnnxDimension> shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (elementType == OnnxElementType.Undefined)
            throw new ArgumentException($"Input '{name}' needs an element type.", nameof(elementType));
        if (!_valueNames.TryTake(name))
            throw new ArgumentException($"The graph has a tensor named '{name}' already.", nameof(name));
        _inputs.Add(new OnnxTensorInfo(name, elementType, shape.ToArray()));
        return new OnnxValue(this, name, elementType, shape.Length) { Shape = shape.ToArray() };
    }

    /// <summary>Makes a value an output of the model.</summary>
    /// <param name="name">The output's name, which the value takes.</param>
    /// <param name="value">The value.</param>
    /// <param name="shape">
    /// Its dimensions; where there are none, as many unknown ones as the value is known to have, or no shape at all.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The name is empty or taken, the value is of another graph, or it is known to have another number of dimensions.
    /// </exception>
    public void Output(string name, OnnxValue value, params ReadOnlySpan<OnnxDimension> shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        MustBeOfThisGraph(value, nameof(value));
        if (shape.Length > 0 && value.Rank is { } rank && rank != shape.Length)
            throw new ArgumentException($"Output '{name}' has {rank} dimensions, not {shape.Length}.", nameof(shape));

        // An input, a weight, or a value that is an output already keeps its name.
        OnnxValue output = value.IsIntermediate ? value : AddNode("Identity", [value]);
        if (output.Name != name)
        {
            if (!_valueNames.TryTake(name))
                throw new ArgumentException($"The graph has a tensor named '{name}' already.", nameof(name));
            _valueNames.Release(output.Name);
            output.Name = name;
        }

        output.IsIntermediate = false;
        OnnxDimension[]? dimensions = shape.Length > 0 ? shape.ToArray() : value.Rank is { } known ? new OnnxDimension[known] : null;
        _outputs.Add(new OnnxTensorInfo(name, value.ElementType, dimensions));
    }

    /// <summary>Adds any operator that has one output.</summary>
    /// <param name="opType">The operator's name in the ONNX operator specification.</param>
    /// <param name="inputs">Its inputs in the specification's order; null for an optional one that isn't given.</param>
    /// <param name="attributes">Its attributes; those left out have the specification's defaults.</param>
    /// <param name="elementType">The type of the output's elements; where null, that of the first input.</param>
    /// <param name="rank">The number of the output's dimensions, or null where it isn't known.</param>
    /// <param name="domain">The operator's domain; empty for ONNX's own.</param>
    /// <returns>The output.</returns>
    /// <exception cref="ArgumentException">An input is of another graph, or nothing says what type the output has.</exception>
    public OnnxValue AddNode(
        string opType,
        ReadOnlySpan<OnnxValue?> inputs,
        ReadOnlySpan<OnnxAttribute> attributes = default,
        OnnxElementType? elementType = null,
        int? rank = null,
        string domain = "")
    {
        OnnxElementType type = elementType
            ?? (inputs.Length > 0 ? inputs[0]?.ElementType : null)
            ?? throw new ArgumentException($"The output of {opType} needs an element type.", nameof(elementType));
        return AddNodeMany(opType, inputs, attributes, [(type, rank)], domain)[0];
    }

    /// <summary>Adds any operator, with any number of outputs.</summary>
    /// <param name="opType">The operator's name in the ONNX operator specification.</param>
    /// <param name="inputs">Its inputs in the specification's order; null for an optional one that isn't given.</param>
    /// <param name="attributes">Its attributes; those left out have the specification's defaults.</param>
    /// <param name="outputs">For each output the type of its elements and the number of its dimensions, null where unknown.</param>
    /// <param name="domain">The operator's domain; empty for ONNX's own.</param>
    /// <returns>The outputs.</returns>
    /// <exception cref="ArgumentException">An input is of another graph, or there is no output.</exception>
    public IReadOnlyList<OnnxValue> AddNodeMany(
        string opType,
        ReadOnlySpan<OnnxValue?> inputs,
        ReadOnlySpan<OnnxAttribute> attributes,
        ReadOnlySpan<(OnnxElementType ElementType, int? Rank)> outputs,
        string domain = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(opType);
        ArgumentNullException.ThrowIfNull(domain);
        if (outputs.IsEmpty)
            throw new ArgumentException($"{opType} needs an output.", nameof(outputs));
        foreach (OnnxValue? input in inputs)
        {
            if (input is not null)
                MustBeOfThisGraph(input, nameof(inputs));
        }

        string name = _nodeNames.Take(NodePath(opType));
        var values = new OnnxValue[outputs.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = new OnnxValue(this, _valueNames.Take($"{name}_output_{i}"), outputs[i].ElementType, outputs[i].Rank)
            {
                IsIntermediate = true,
            };
        }

        while (inputs.Length > 0 && inputs[^1] is null)
            inputs = inputs[..^1];
        _nodes.Add(new OnnxNode(name, opType, domain, inputs.ToArray(), values, attributes.ToArray()));
        return values;
    }

    /// <summary>Adds a weight or buffer of the module in hand, named by the module's path as in its state dictionary.</summary>
    /// <param name="name">The parameter's name within the module, such as <c>weight</c>.</param>
    /// <param name="tensor">The parameter, on any device; copied. One that was added before isn't added twice.</param>
    /// <returns>The parameter's value.</returns>
    /// <exception cref="OnnxExportException">The tensor's type can't be exported.</exception>
    public OnnxValue Parameter(string name, Tensor tensor)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(tensor);
        OnnxTensor contents = Contents(tensor, name);
        if (_stateNames.TryGetValue(tensor, out string? stateName))
            return State(stateName, tensor, contents);
        return State(ParameterPath(name), tensor, contents);
    }

    /// <summary>Gives the tensors of a state dictionary the names that they have there, whichever module adds them.</summary>
    internal void NameState(IReadOnlyDictionary<string, Tensor> state)
    {
        foreach ((string name, Tensor tensor) in state)
            _stateNames.TryAdd(tensor, ParameterPath(name));
    }

    /// <summary>Adds a tensor of a state dictionary, or the parts of a complex one, under its name there.</summary>
    internal OnnxValue State(string name, Tensor tensor) => State(_stateNames.GetValueOrDefault(tensor, name), tensor, Contents(ComplexNumbers.PartsOf(tensor), name));

    /// <summary>Adds a tensor that a module's code has but its state dictionary hasn't, or the parts of a complex one.</summary>
    internal OnnxValue Captured(Tensor tensor) => Constant(Contents(ComplexNumbers.PartsOf(tensor), "constant"));

    /// <summary>Adds parameters of the module in hand in another order than its state dictionary has; once, however often the module is used.</summary>
    /// <param name="name">The name within the module.</param>
    /// <param name="tensor">The parameters; copied.</param>
    internal OnnxValue Rearranged(string name, Tensor tensor)
    {
        OnnxTensor contents = Contents(tensor, name);
        OnnxInitializer? known = _rearranged.Find(other => other.Name == name && other.Initializer.Tensor.HasContentsOf(contents)).Initializer;
        if (known is not null)
            return known.Value;
        OnnxInitializer initializer = AddInitializer(ParameterPath(name), contents);
        _rearranged.Add((name, initializer));
        return initializer.Value;
    }

    private OnnxTensor Contents(Tensor tensor, string name)
    {
        try
        {
            return OnnxTensor.From(tensor);
        }
        catch (NotSupportedException problem)
        {
            throw NotSupported($"its {name} can't be written ({problem.Message})");
        }
    }

    private OnnxValue State(string name, Tensor tensor, OnnxTensor contents)
    {
        // Storage that was freed may be used again: only equal contents at one place are the same parameter.
        nint storage = OnnxTensor.StorageOf(tensor);
        if (_parameters.TryGetValue(storage, out OnnxInitializer? known) && known.Tensor.HasContentsOf(contents))
            return known.Value;
        OnnxInitializer initializer = AddInitializer(name, contents);
        _parameters[storage] = initializer;
        return initializer.Value;
    }

    /// <summary>Adds a tensor that is a setting of an operator rather than a module's state.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="name">What it is, such as <c>shape</c>; part of its name in the model.</param>
    /// <returns>The constant's value.</returns>
    public OnnxValue Constant(OnnxTensor tensor, string name = "constant")
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return AddInitializer(NodePath(name), tensor).Value;
    }

    /// <summary>The node that makes a value; null where it is an input or an initializer.</summary>
    internal OnnxNode? ProducerOf(OnnxValue value) => _nodes.FindLast(node => node.Outputs.Contains(value));

    /// <summary>How many operations the graph was traced from; 0 where it wasn't.</summary>
    internal int OperationCount { get; set; }

    /// <summary>Says which result of a traced operation a value is.</summary>
    internal void Trace(int call, int output, OnnxValue value) => _traced.TryAdd(value, (call, output));

    /// <summary>The results of traced operations that nodes make, and their names.</summary>
    internal IReadOnlyList<(int Call, int Output, string Name)> TracedValues() =>
        [.. _nodes.SelectMany(node => node.Outputs).Where(_traced.ContainsKey).Select(value => (_traced[value].Call, _traced[value].Output, value.Name))];

    /// <summary>Takes away what no output needs.</summary>
    internal void RemoveUnused()
    {
        HashSet<string> used = SourcesOf(_outputs.Select(output => output.Name));
        _nodes.RemoveAll(node => !node.Outputs.Any(output => used.Contains(output.Name)));
        _initializers.RemoveAll(initializer => !used.Contains(initializer.Name));
    }

    /// <summary>Whether any of some values is computed of another, or is it.</summary>
    internal bool IsComputedFrom(IEnumerable<OnnxValue> values, OnnxValue source) => SourcesOf(values.Select(value => value.Name)).Contains(source.Name);

    // Some values' names, and those of all that they are computed of.
    private HashSet<string> SourcesOf(IEnumerable<string> names)
    {
        var sources = new HashSet<string>(names, StringComparer.Ordinal);
        foreach (OnnxNode node in Enumerable.Reverse(_nodes))
        {
            if (node.Outputs.Any(output => sources.Contains(output.Name)))
                sources.UnionWith(node.Inputs.OfType<OnnxValue>().Select(input => input.Name));
        }

        return sources;
    }

    private OnnxInitializer AddInitializer(string name, OnnxTensor tensor)
    {
        var value = new OnnxValue(this, _valueNames.Take(name), tensor.ElementType, tensor.Shape.Count)
        {
            Shape = [.. tensor.Shape.Select(size => (OnnxDimension)size)],
        };
        var initializer = new OnnxInitializer(value, tensor);
        _initializers.Add(initializer);
        return initializer;
    }

    private void MustBeOfThisGraph([NotNull] OnnxValue? value, string argument)
    {
        ArgumentNullException.ThrowIfNull(value, argument);
        if (!ReferenceEquals(value.Graph, this))
            throw new ArgumentException($"'{value.Name}' is a value of another graph.", argument);
    }
}
