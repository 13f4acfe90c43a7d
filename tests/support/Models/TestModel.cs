using Google.Protobuf;
using MnistAdder.Onnx;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.Tests.Support.Models;

/// <summary>Builds small ONNX models, node by node.</summary>
internal sealed class TestModel
{
    private readonly GraphProto _graph = new() { Name = "test" };
    private readonly List<FunctionProto> _functions = [];

    /// <summary>Adds an input; a negative size is an open dimension.</summary>
    public TestModel Input(string name, ElementType type, params int[] shape)
    {
        _graph.Input.Add(Value(name, type, shape));
        return this;
    }

    /// <summary>Adds an output tensor; a negative size is an open dimension.</summary>
    public TestModel Output(string name, ElementType type, params int[] shape)
    {
        _graph.Output.Add(Value(name, type, shape));
        return this;
    }

    /// <summary>Adds an output tensor of any shape.</summary>
    public TestModel OutputOfAnyShape(string name, ElementType type)
    {
        _graph.Output.Add(new ValueInfoProto { Name = name, Type = new() { TensorType = new() { ElemType = (int)type } } });
        return this;
    }

    /// <summary>The last node, to be changed.</summary>
    public NodeProto LastNode => _graph.Node[^1];

    /// <summary>Adds an output that is a sequence of maps from Int64 to Single, as classifiers of scikit-learn have.</summary>
    public TestModel MapOutputTensor(string name)
    {
        var single = new TypeProto { TensorType = new() { ElemType = (int)ElementType.Float, Shape = new() } };
        var map = new TypeProto { MapType = new() { KeyType = (int)ElementType.Int64, ValueType = single } };
        _graph.Output.Add(new ValueInfoProto { Name = name, Type = new() { SequenceType = new() { ElemType = map } } });
        return this;
    }

    /// <summary>Adds a node of ONNX's own operators.</summary>
    public TestModel Node(string operation, string[] inputs, string[] outputs, params AttributeProto[] attributes) =>
        Node("", operation, inputs, outputs, attributes);

    /// <summary>Adds a node.</summary>
    public TestModel Node(string domain, string operation, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = operation, Domain = domain };
        node.Input.Add(inputs);
        node.Output.Add(outputs);
        node.Attribute.Add(attributes);
        _graph.Node.Add(node);
        return this;
    }

    /// <summary>Adds constant numbers.</summary>
    public TestModel Constant(string name, float[] values, params long[] shape)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)ElementType.Float };
        tensor.Dims.Add(shape);
        tensor.FloatData.Add(values);
        _graph.Initializer.Add(tensor);
        return this;
    }

    /// <summary>Adds constant integers.</summary>
    public TestModel Constant(string name, long[] values, params long[] shape)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)ElementType.Int64 };
        tensor.Dims.Add(shape);
        tensor.Int64Data.Add(values);
        _graph.Initializer.Add(tensor);
        return this;
    }

    /// <summary>Adds a constant truth value.</summary>
    public TestModel Constant(string name, bool value)
    {
        _graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)ElementType.Bool, Int32Data = { value ? 1 : 0 } });
        return this;
    }

    /// <summary>Adds a function, whose nodes are those of a model.</summary>
    public TestModel Function(string domain, string name, string[] inputs, string[] outputs, Func<TestModel, TestModel> nodes)
    {
        var function = new FunctionProto { Domain = domain, Name = name, Input = { inputs }, Output = { outputs }, Node = { nodes(new TestModel())._graph.Node } };
        function.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = ModelContract.Opset });
        foreach (AttributeProto attribute in function.Node.SelectMany(node => node.Attribute).Where(attribute => attribute.RefAttrName.Length > 0))
            function.Attribute.Add(attribute.RefAttrName);
        _functions.Add(function);
        return this;
    }

    /// <summary>Adds an attribute that is a graph of nodes of a model, with that model's inputs and outputs, to the last node.</summary>
    public TestModel InnerGraph(string name, TestModel inner)
    {
        _graph.Node[^1].Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = inner._graph });
        return this;
    }

    /// <summary>Adds an attribute that is a graph of one node to the last node.</summary>
    public TestModel InnerGraph(string name, string operation, string[] inputs, string output)
    {
        var node = new NodeProto { OpType = operation };
        node.Input.Add(inputs);
        node.Output.Add(output);
        var inner = new GraphProto { Name = name };
        inner.Node.Add(node);
        inner.Output.Add(Value(output, ElementType.Float, []));
        inner.Output[0].Type.TensorType.Shape = null;
        _graph.Node[^1].Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = inner });
        return this;
    }

    /// <summary>The file's bytes.</summary>
    public byte[] ToBytes(int opset = ModelContract.Opset)
    {
        var model = new ModelProto { IrVersion = ModelContract.IrVersion, Graph = _graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = 1 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        model.Functions.Add(_functions);
        if (_functions.Count > 0)
            model.OpsetImport.Add(_functions.Select(function => function.Domain).Distinct().Select(domain => new OperatorSetIdProto { Domain = domain, Version = 1 }));
        return model.ToByteArray();
    }

    public static AttributeProto Attribute(string name, long value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Attribute(string name, float value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };

    public static AttributeProto Attribute(string name, string value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    public static AttributeProto Attribute(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.Add(values);
        return attribute;
    }

    public static AttributeProto Attribute(string name, params float[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Floats };
        attribute.Floats.Add(values);
        return attribute;
    }

    public static AttributeProto Attribute(string name, params string[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Strings };
        attribute.Strings.Add(values.Select(ByteString.CopyFromUtf8));
        return attribute;
    }

    /// <summary>An attribute of a function's node that has the value of an attribute of the call.</summary>
    public static AttributeProto Reference(string name, string called, AttributeProto.Types.AttributeType type) => new() { Name = name, RefAttrName = called, Type = type };

    private static ValueInfoProto Value(string name, ElementType type, int[] shape)
    {
        var dimensions = new TensorShapeProto();
        foreach (int size in shape)
            dimensions.Dim.Add(size < 0 ? new TensorShapeProto.Types.Dimension { DimParam = $"d{dimensions.Dim.Count}" } : new() { DimValue = size });
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = dimensions } } };
    }
}
