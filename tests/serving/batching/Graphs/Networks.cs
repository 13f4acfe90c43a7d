using Microsoft.ML.OnnxRuntime;
using MnistAdder.Onnx;
using MnistAdder.OnnxBatching.Graphs;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Graphs;

/// <summary>Layers of random weights, and what the optimiser makes of models that have them.</summary>
internal static class Networks
{
    private const int Rows = 3;

    /// <summary>Random numbers around 0, the same for a name.</summary>
    public static float[] Numbers(string name, int count, double least = -0.5, double most = 0.5)
    {
        var random = new Random(name.Sum(letter => letter));
        return [.. Enumerable.Range(0, count).Select(_ => (float)(least + ((most - least) * random.NextDouble())))];
    }

    /// <summary>Floats of 0 and 1, which are known to be no others: the input is of <c>name.bits</c>.</summary>
    public static TestModel Bits(this TestModel model, string name, params int[] shape) => model
        .Input(name + ".bits", ElementType.Bool, shape)
        .Node("Cast", [name + ".bits"], [name], TestModel.Attribute("to", (long)ElementType.Float));

    /// <summary>A convolution of 3×3, with the constants <c>name.weight</c> and, where asked for, <c>name.bias</c>.</summary>
    public static TestModel Conv(this TestModel model, string name, string input, string output, int inputs, int outputs, bool hasBias = false, params AttributeProto[] attributes)
    {
        if (hasBias)
            model.Constant(name + ".bias", Numbers(name + ".bias", outputs), outputs);
        return model
            .Constant(name + ".weight", Numbers(name + ".weight", outputs * inputs * 9), outputs, inputs, 3, 3)
            .Node("Conv", hasBias ? [input, name + ".weight", name + ".bias"] : [input, name + ".weight"], [output], attributes);
    }

    /// <summary>A linear layer, of which the transposed weights are kept, with a bias.</summary>
    public static TestModel Gemm(this TestModel model, string name, string input, string output, int inputs, int outputs, params AttributeProto[] attributes) => model
        .Constant(name + ".weight", Numbers(name + ".weight", outputs * inputs), outputs, inputs)
        .Constant(name + ".bias", Numbers(name + ".bias", outputs), outputs)
        .Node("Gemm", [input, name + ".weight", name + ".bias"], [output], attributes);

    /// <summary>A batch normalization in inference, with constants whose names begin with its own.</summary>
    public static TestModel Normalization(this TestModel model, string name, string input, string output, int channels, params AttributeProto[] attributes) => model
        .NormalizationParameters(name, channels)
        .Node("BatchNormalization", [input, name + ".scale", name + ".shift", name + ".mean", name + ".variance"], [output], attributes);

    /// <summary>The constants of a batch normalization.</summary>
    public static TestModel NormalizationParameters(this TestModel model, string name, int channels) => model
        .Constant(name + ".scale", Numbers(name + ".scale", channels), channels)
        .Constant(name + ".shift", Numbers(name + ".shift", channels), channels)
        .Constant(name + ".mean", Numbers(name + ".mean", channels), channels)
        .Constant(name + ".variance", Numbers(name + ".variance", channels, 0.1, 2), channels);

    /// <summary>The operators of what the optimiser makes of a model; the results of both are the same but for rounding.</summary>
    public static string[] Optimized(byte[] model)
    {
        byte[] optimized = GraphOptimizer.Optimize(model);
        AssertSameResults(model, optimized);
        return [.. ModelProto.Parser.ParseFrom(optimized).Graph.Node.Select(node => node.OpType)];
    }

    /// <summary>The optimiser leaves a model as it is, to the byte.</summary>
    public static void AssertUntouched(byte[] model)
    {
        Assert.Same(model, GraphOptimizer.Optimize(model));
        // The model is one that ONNX Runtime takes, so that it could have been touched.
        using var session = new InferenceSession(model);
    }

    /// <summary>Two models give the same tensors for random inputs, within 1e-5 of what they are.</summary>
    public static void AssertSameResults(byte[] expected, byte[] actual)
    {
        List<float[]> before = Run(expected, out string[] outputs), after = Run(actual, out string[] outputsAfter);
        Assert.Equal(outputs, outputsAfter);
        foreach ((float[] first, float[] second) in before.Zip(after))
        {
            Assert.Equal(first.Length, second.Length);
            Assert.All(first.Zip(second), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-5 * Math.Max(1, Math.Abs(pair.First))));
        }
    }

    private static List<float[]> Run(byte[] model, out string[] outputs)
    {
        using var session = new InferenceSession(model);
        var random = new Random(7);
        OrtValue[] inputs = [.. session.InputMetadata.Values.Select(input => Value(input, random))];
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> values = session.Run(options, [.. session.InputMetadata.Keys], inputs, outputs = [.. session.OutputMetadata.Keys]);
        Array.ForEach(inputs, input => input.Dispose());
        return [.. values.Select(value => value.GetTensorTypeAndShape().ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float
            ? value.GetTensorDataAsSpan<float>().ToArray()
            : Array.ConvertAll(value.GetTensorDataAsSpan<long>().ToArray(), number => (float)number))];
    }

    private static OrtValue Value(NodeMetadata input, Random random)
    {
        long[] shape = [.. input.Dimensions.Select(size => (long)(size < 0 ? Rows : size))];
        int count = (int)shape.Aggregate(1L, (product, size) => product * size);
        return input.ElementDataType switch
        {
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.UInt8 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(new byte[count], _ => (byte)random.Next(256)), shape),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(new long[count], _ => (long)random.Next(10)), shape),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Bool => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(new bool[count], _ => random.Next(2) == 0), shape),
            _ => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(new float[count], _ => (float)(random.NextDouble() - 0.5)), shape),
        };
    }
}
