using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MnistAdder.Onnx;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxQuantization.Tests.Networks;

/// <summary>Builds a network of random weights, node by node; values are called by the names that are given back.</summary>
internal sealed class Network(int seed = 1)
{
    private readonly Random _random = new(seed);
    private readonly GraphProto _graph = new() { Name = "network" };
    private readonly List<(string Name, ElementType Type, int[] Row)> _inputs = [];
    private int _names;

    /// <summary>Adds an input of floats, of any number of rows; a negative size is an open dimension.</summary>
    public string Input(string name, params int[] row) => Input(name, ElementType.Float, row);

    public string Input(string name, ElementType type, params int[] row)
    {
        _inputs.Add((name, type, row));
        _graph.Input.Add(Value(name, type));
        var shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "batch" } } };
        shape.Dim.Add(row.Select(size => size < 0 ? new TensorShapeProto.Types.Dimension { DimParam = "length" } : new() { DimValue = size }));
        _graph.Input[^1].Type.TensorType.Shape = shape;
        return name;
    }

    /// <summary>Adds a node of one output.</summary>
    public string Add(string operation, string[] inputs, params AttributeProto[] attributes)
    {
        string output = $"{operation}_{++_names}";
        _graph.Node.Add(new NodeProto { OpType = operation, Name = $"node/{output}", Input = { inputs }, Output = { output }, Attribute = { attributes } });
        return output;
    }

    /// <summary>Adds a constant.</summary>
    public string Constant(float[] values, params long[] shape)
    {
        string name = $"constant_{++_names}";
        _graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)ElementType.Float, Dims = { shape }, FloatData = { values } });
        return name;
    }

    /// <summary>Adds a constant row of integers.</summary>
    public string Constant(params long[] values)
    {
        string name = $"constant_{++_names}";
        _graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)ElementType.Int64, Dims = { values.Length }, Int64Data = { values } });
        return name;
    }

    /// <summary>Adds weights of such a size that what they give has the deviation of what they are given.</summary>
    public string Weights(int fanIn, params long[] shape) => Constant(Normal(shape.Aggregate(1L, (product, size) => product * size), 1 / Math.Sqrt(fanIn)), shape);

    public string Bias(int outputs) => Constant(Normal(outputs, 0.3), outputs);

    /// <summary>A convolution; its kernel has as many dimensions as the image.</summary>
    public string Conv(string image, int inputs, int outputs, int[] kernel, int groups = 1, bool bias = true, params AttributeProto[] attributes)
    {
        int fanIn = inputs / groups * kernel.Aggregate(1, (product, size) => product * size);
        string weights = Weights(fanIn, [outputs, inputs / groups, .. kernel]);
        return Add("Conv", bias ? [image, weights, Bias(outputs)] : [image, weights], [.. attributes, Attribute("group", groups)]);
    }

    /// <summary>A 3×3 convolution that keeps height and width.</summary>
    public string Conv(string image, int inputs, int outputs) => Conv(image, inputs, outputs, [3, 3], attributes: Attribute("pads", 1L, 1, 1, 1));

    public string Gemm(string rows, int inputs, int outputs, bool bias = true, bool transposed = true)
    {
        string weights = transposed ? Weights(inputs, outputs, inputs) : Weights(inputs, inputs, outputs);
        return Add("Gemm", bias ? [rows, weights, Bias(outputs)] : [rows, weights], Attribute("transB", transposed ? 1L : 0));
    }

    public string MatMul(string rows, int inputs, int outputs) => Add("MatMul", [rows, Weights(inputs, inputs, outputs)]);

    public string BatchNormalization(string value, int channels)
    {
        string variance = Constant([.. Enumerable.Range(0, channels).Select(_ => (float)(0.5 + _random.NextDouble()))], channels);
        return Add("BatchNormalization", [value, Constant([.. Enumerable.Range(0, channels).Select(_ => (float)(0.5 + _random.NextDouble()))], channels), Bias(channels), Bias(channels), variance]);
    }

    public string Relu(string value) => Add("Relu", [value]);

    /// <summary>Adds a node with a graph for either answer, each of one node.</summary>
    public string If(string condition, string operation, string[] then, string[] otherwise)
    {
        return Add("If", [condition], Branch("then_branch", then), Branch("else_branch", otherwise));

        AttributeProto Branch(string name, string[] inputs)
        {
            var node = new NodeProto { OpType = operation, Input = { inputs }, Output = { $"{name}_{++_names}" } };
            var graph = new GraphProto { Name = name, Node = { node }, Output = { Value(node.Output[0], ElementType.Float) } };
            return new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph };
        }
    }

    /// <summary>Makes a value an output.</summary>
    public Network Output(string value, ElementType type = ElementType.Float)
    {
        _graph.Output.Add(Value(value, type));
        return this;
    }

    /// <summary>The file's contents.</summary>
    public byte[] ToBytes(int opset = 17)
    {
        var model = new ModelProto { IrVersion = 8, ProducerName = "tests", Graph = _graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
        model.MetadataProps.Add(new StringStringEntryProto { Key = "author", Value = "somebody" });
        return model.ToByteArray();
    }

    /// <summary>Random inputs: floats of mean 0 and deviation 1, bytes of any value, other integers below 10.</summary>
    public IReadOnlyCollection<NamedOnnxValue> Batch(int rows, int seed)
    {
        var random = new Random(seed);
        return [.. _inputs.Select(input => Tensor(random, input.Name, input.Type, [rows, .. input.Row]))];
    }

    /// <summary>Several batches of random inputs.</summary>
    public CalibrationData Data(int rows = 64, int batches = 4) => CalibrationData.FromTensors([.. Enumerable.Range(100, batches).Select(seed => Batch(rows, seed))]);

    public static AttributeProto Attribute(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Attribute(string name, float value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };

    public static AttributeProto Attribute(string name, string value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    public static AttributeProto Attribute(string name, params long[] values) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { values } };

    private static NamedOnnxValue Tensor(Random random, string name, ElementType type, int[] shape)
    {
        int length = shape.Aggregate(1, (product, size) => product * size);
        return type switch
        {
            ElementType.Uint8 => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<byte>(Enumerable.Range(0, length).Select(_ => (byte)random.Next(256)).ToArray(), shape)),
            ElementType.Int64 => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(Enumerable.Range(0, length).Select(_ => (long)random.Next(10)).ToArray(), shape)),
            ElementType.Bool => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<bool>(Enumerable.Range(0, length).Select(_ => random.Next(2) == 1).ToArray(), shape)),
            _ => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(Enumerable.Range(0, length).Select(_ => (float)Gauss(random)).ToArray(), shape)),
        };
    }

    private static ValueInfoProto Value(string name, ElementType type) => new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type } } };

    private float[] Normal(long length, double deviation)
    {
        float[] values = new float[length];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(Gauss(_random) * deviation);
        return values;
    }

    // Box and Muller's.
    private static double Gauss(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
