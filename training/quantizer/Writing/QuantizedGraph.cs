using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using MnistAdder.Onnx;
using MnistAdder.OnnxQuantization.Calibration;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxQuantization.Writing;

/// <summary>The graph that is being written: nodes and constants under names that are new.</summary>
internal sealed class QuantizedGraph
{
    private readonly GraphProto _graph;
    private readonly HashSet<string> _names;
    private readonly Dictionary<Quantization, (string Scale, string ZeroPoint)> _quantizations = [];

    public QuantizedGraph(GraphProto model)
    {
        _graph = model.Clone();
        _names = [.. _graph.Node.SelectMany(node => node.Input.Concat(node.Output)), .. _graph.Initializer.Select(tensor => tensor.Name), .. _graph.Input.Select(input => input.Name)];
        _graph.Node.Clear();
        _graph.ValueInfo.Clear();
    }

    /// <summary>A name that nothing has.</summary>
    public string Name(string likeness)
    {
        string name = likeness;
        for (int number = 2; !_names.Add(name); number++)
            name = string.Create(CultureInfo.InvariantCulture, $"{likeness}_{number}");
        return name;
    }

    public void Add(NodeProto node) => _graph.Node.Add(node);

    /// <summary>Adds a node of one output.</summary>
    /// <returns>The output.</returns>
    public string Add(string operation, string domain, IEnumerable<string> inputs, string output, params IEnumerable<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = operation, Name = Name($"{output}/{operation}") };
        if (domain.Length > 0)
            node.Domain = domain;
        node.Input.Add(inputs);
        node.Output.Add(output);
        node.Attribute.Add(attributes);
        _graph.Node.Add(node);
        return output;
    }

    public static AttributeProto Attribute(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Attribute(string name, params ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        foreach (long value in values)
            attribute.Ints.Add(value);
        return attribute;
    }

    /// <summary>Adds a constant.</summary>
    /// <returns>Its name.</returns>
    public string Constant<T>(string likeness, ElementType type, ReadOnlySpan<T> values, params IEnumerable<long> shape)
        where T : unmanaged
    {
        var tensor = new TensorProto { Name = Name(likeness), DataType = (int)type, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values)) };
        tensor.Dims.Add(shape);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>The constants of what 8 bits stand for.</summary>
    public (string Scale, string ZeroPoint) Constants(Quantization quantization)
    {
        if (_quantizations.TryGetValue(quantization, out (string, string) known))
            return known;
        string name = string.Create(CultureInfo.InvariantCulture, $"quantization_{_quantizations.Count + 1}");
        return _quantizations[quantization] = (
            Constant($"{name}/scale", ElementType.Float, [quantization.Scale]), Constant($"{name}/zero_point", ElementType.Uint8, [quantization.ZeroPoint]));
    }

    /// <summary>The graph, without constants that nothing reads any more.</summary>
    public GraphProto Complete()
    {
        HashSet<string> read = [.. _graph.Node.SelectMany(MnistAdder.Onnx.Graphs.ModelGraph.Reads), .. _graph.Output.Select(output => output.Name)];
        TensorProto[] kept = [.. _graph.Initializer.Where(tensor => read.Contains(tensor.Name))];
        _graph.Initializer.Clear();
        _graph.Initializer.Add(kept);
        return _graph;
    }
}
