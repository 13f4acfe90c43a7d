using Google.Protobuf;
using MnistAdder.Onnx;
using MnistAdder.OnnxExport.Graphs;

namespace MnistAdder.OnnxExport.Serialization;

/// <summary>Turns a graph into the messages of the ONNX specification.</summary>
internal static class ModelWriter
{
    // Protobuf messages end at 2 GB; this leaves room for everything that isn't a weight.
    private const long MaximumWeightBytes = int.MaxValue - (16L << 20);

    private const int FirstOpsetOfAxesInput = 18;

    public static ModelProto Write(OnnxGraph graph, OnnxModelOptions options)
    {
        Check(graph, options);
        var model = new ModelProto
        {
            IrVersion = options.IrVersion,
            ProducerName = options.ProducerName,
            ProducerVersion = options.ProducerVersion,
            DocString = options.DocString,
            Graph = Write(graph, options.Opset),
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = options.Opset });
        foreach ((string domain, int version) in options.DomainVersions.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = version });
        foreach ((string key, string value) in options.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    private static void Check(OnnxGraph graph, OnnxModelOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Opset, OnnxModelOptions.MinimumOpset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Opset, OnnxModelOptions.MaximumOpset);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.IrVersion, 8);
        if (graph.Outputs.Count == 0)
        {
            throw new InvalidOperationException(
                $"Graph '{graph.Name}' has no output; call {nameof(OnnxGraph.Output)} before {nameof(OnnxGraphSerialization.ToModel)}.");
        }

        foreach (OnnxNode node in graph.Nodes)
        {
            if (node.Domain.Length > 0 && !options.DomainVersions.ContainsKey(node.Domain))
            {
                throw new InvalidOperationException(
                    $"Node {node.Name} is an operator of the domain '{node.Domain}', "
                    + $"whose version {nameof(OnnxModelOptions.DomainVersions)} doesn't say.");
            }
        }

        if (graph.Initializers.Sum(initializer => (long)initializer.Tensor.Data.Length) > MaximumWeightBytes)
            throw new OnnxExportException($"The weights of graph '{graph.Name}' are larger than the 2 GB that one ONNX file can hold.");
    }

    private static GraphProto Write(OnnxGraph graph, int opset)
    {
        var proto = new GraphProto { Name = graph.Name };
        foreach (OnnxNode node in graph.Nodes)
            proto.Node.Add(Write(node, opset, proto.Initializer));
        proto.Initializer.AddRange(graph.Initializers.Select(initializer => Write(initializer.Tensor, initializer.Name)));
        proto.Input.AddRange(graph.Inputs.Select(Write));
        proto.Output.AddRange(graph.Outputs.Select(Write));
        proto.ValueInfo.AddRange(
            from node in graph.Nodes
            from value in node.Outputs
            where value.IsIntermediate && value.Shape is not null
            select Write(new OnnxTensorInfo(value.Name, value.ElementType, value.Shape)));
        return proto;
    }

    private static NodeProto Write(OnnxNode node, int opset, ICollection<TensorProto> initializers)
    {
        var proto = new NodeProto { Name = node.Name, OpType = node.OpType };
        if (node.Domain.Length > 0)
            proto.Domain = node.Domain;
        proto.Input.AddRange(node.Inputs.Select(input => input?.Name ?? ""));
        proto.Output.AddRange(node.Outputs.Select(output => output.Name));
        proto.Attribute.AddRange(node.Attributes.Select(Write));
        if (node.Domain.Length == 0 && opset >= FirstOpsetOfAxesInput && node.OpType.StartsWith("Reduce", StringComparison.Ordinal))
            MakeAxesInput(proto, initializers);
        return proto;
    }

    // Only a sum takes its axes as an input in every opset here.
    private static void MakeAxesInput(NodeProto node, ICollection<TensorProto> initializers)
    {
        if (node.Attribute.FirstOrDefault(attribute => attribute.Name == "axes") is not { } axes)
            return;
        string name = $"{node.Name}_axes";
        node.Attribute.Remove(axes);
        node.Input.Add(name);
        initializers.Add(Write(OnnxTensor.Of<long>([.. axes.Ints], axes.Ints.Count), name));
    }

    private static AttributeProto Write(OnnxAttribute attribute)
    {
        var proto = new AttributeProto { Name = attribute.Name };
        switch (attribute.Value)
        {
            case long value:
                proto.Type = AttributeProto.Types.AttributeType.Int;
                proto.I = value;
                break;
            case float value:
                proto.Type = AttributeProto.Types.AttributeType.Float;
                proto.F = value;
                break;
            case string value:
                proto.Type = AttributeProto.Types.AttributeType.String;
                proto.S = ByteString.CopyFromUtf8(value);
                break;
            case OnnxTensor value:
                proto.Type = AttributeProto.Types.AttributeType.Tensor;
                proto.T = Write(value, attribute.Name);
                break;
            case long[] values:
                proto.Type = AttributeProto.Types.AttributeType.Ints;
                proto.Ints.AddRange(values);
                break;
            case float[] values:
                proto.Type = AttributeProto.Types.AttributeType.Floats;
                proto.Floats.AddRange(values);
                break;
            case string[] values:
                proto.Type = AttributeProto.Types.AttributeType.Strings;
                proto.Strings.AddRange(values.Select(ByteString.CopyFromUtf8));
                break;
        }

        return proto;
    }

    private static TensorProto Write(OnnxTensor tensor, string name)
    {
        // The array is the tensor's own and never changes: no second copy of the weights is needed.
        var proto = new TensorProto
        {
            Name = name,
            DataType = (int)tensor.ElementType,
            RawData = UnsafeByteOperations.UnsafeWrap(tensor.Data),
        };
        proto.Dims.AddRange(tensor.Shape);
        return proto;
    }

    private static ValueInfoProto Write(OnnxTensorInfo info)
    {
        var type = new TypeProto.Types.Tensor { ElemType = (int)info.ElementType };
        if (info.Shape is not null)
        {
            type.Shape = new TensorShapeProto();
            type.Shape.Dim.AddRange(info.Shape.Select(Write));
        }

        return new ValueInfoProto { Name = info.Name, Type = new TypeProto { TensorType = type } };
    }

    private static TensorShapeProto.Types.Dimension Write(OnnxDimension dimension)
    {
        var proto = new TensorShapeProto.Types.Dimension();
        if (dimension.Size is { } size)
            proto.DimValue = size;
        else if (dimension.Name is { } name)
            proto.DimParam = name;
        return proto;
    }
}
