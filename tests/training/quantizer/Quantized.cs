extern alias batching;

using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using batching::MnistAdder.OnnxBatching.Independence;
using batching::MnistAdder.OnnxBatching.Independence.Flows;
using batching::MnistAdder.OnnxBatching.Models;
using MnistAdder.Onnx;
using MnistAdder.OnnxQuantization.Tests.Networks;

namespace MnistAdder.OnnxQuantization.Tests;

/// <summary>Quantises networks and compares what they give.</summary>
internal static class Quantized
{
    /// <summary>What random weights and a few layers of 8 bits differ by at most.</summary>
    public const double Near = 0.05;

    /// <summary>With which every layer is in integers.</summary>
    public static QuantizationOptions AllIn(QuantizedForm form) => new() { Form = form, MeasuresTime = false, MaxLoss = double.PositiveInfinity };

    public static TheoryData<QuantizedForm> Forms => [QuantizedForm.Standard, QuantizedForm.OnnxRuntime];

    /// <summary>Quantises every layer, and sees to it that answers are near the float model's, for any number of rows.</summary>
    public static QuantizedModel IsNear(Network network, QuantizationOptions options, double near = Near, int opset = 17, int calibrationRows = 64) =>
        IsNear(network.ToBytes(opset), network.Batch, options, near, calibrationRows);

    /// <summary>Quantises every layer of a model, and sees to it that answers are near the float model's, for any number of rows.</summary>
    /// <param name="floats">The model.</param>
    /// <param name="batch">Gives so many random rows of a seed.</param>
    /// <param name="options">How.</param>
    /// <param name="near">The greatest difference.</param>
    /// <param name="calibrationRows">Rows of each of four batches.</param>
    public static QuantizedModel IsNear(
        byte[] floats, Func<int, int, IReadOnlyCollection<NamedOnnxValue>> batch, QuantizationOptions options, double near = Near, int calibrationRows = 64)
    {
        QuantizedModel model = OnnxQuantizer.Quantize(floats, CalibrationData.FromTensors([.. Enumerable.Range(100, 4).Select(seed => batch(calibrationRows, seed))]), options);
        Assert.All(model.Layers, layer => Assert.True(layer.IsInteger, layer.Name));
        byte[] quantized = model.ToArray();
        foreach (int rows in (int[])[1, 5, 33])
        {
            IReadOnlyCollection<NamedOnnxValue> inputs = batch(rows, 1000 + rows);
            float[][] expected = Run(floats, inputs);
            // With ONNX Runtime's own operators put in place of others, and as it is written.
            foreach (GraphOptimizationLevel level in (GraphOptimizationLevel[])[GraphOptimizationLevel.ORT_ENABLE_ALL, GraphOptimizationLevel.ORT_DISABLE_ALL])
            {
                float[][] actual = Run(quantized, inputs, level);
                for (int i = 0; i < expected.Length; i++)
                    Assert.True(Difference(expected[i], actual[i]) is var difference && difference < near, $"Output {i} of {rows} rows differs by {difference} with {level}; on the calibration data by {model.Loss}.");
            }
        }

        IsSameRowByRow(quantized, batch(4, 7));
        IsProven(quantized);
        return model;
    }

    /// <summary>The batching library proves of every output that a row's answer is that row's alone.</summary>
    public static void IsProven(byte[] model)
    {
        GraphProto graph = ModelProto.Parser.ParseFrom(model).Graph;
        string[] outputs = [.. graph.Output.Select(output => output.Name)];
        IReadOnlyList<Flow> flows = GraphFlow.Follow(ModelOutline.Of(model).Model!, [.. graph.Input.Select(input => input.Name)], outputs);
        Assert.All(flows, flow => Assert.True(flow.Kind == FlowKind.PerRow && flow.Before == Size.One, $"{flow.Kind}: {flow.Reason}"));
    }

    /// <summary>Every output's numbers, for one batch.</summary>
    public static float[][] Run(byte[] model, IReadOnlyCollection<NamedOnnxValue> batch, GraphOptimizationLevel level = GraphOptimizationLevel.ORT_ENABLE_ALL)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, GraphOptimizationLevel = level, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(model, options);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run(batch);
        return [.. outputs.Select(output => output.Value is Tensor<float> numbers ? numbers.ToArray() : [.. ((Tensor<long>)output.Value).Select(number => (float)number)])];
    }

    /// <summary>The root of the mean squared difference over that of the mean square.</summary>
    public static double Difference(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double differences = expected.Zip(actual, (one, other) => Math.Pow((double)one - other, 2)).Sum(), squares = expected.Sum(number => (double)number * number);
        return Math.Sqrt(differences / squares);
    }

    /// <summary>Operators of a file's nodes.</summary>
    public static string[] Operators(QuantizedModel model) => [.. ModelProto.Parser.ParseFrom(model.ToArray()).Graph.Node.Select(node => node.OpType)];

    // A kernel of floats may add up in another order for more rows, which moves a number to the next step here and there.
    private static void IsSameRowByRow(byte[] model, IReadOnlyCollection<NamedOnnxValue> batch)
    {
        float[][] together = Run(model, batch);
        float[][][] alone = [.. Enumerable.Range(0, 4).Select(row => Run(model, [.. batch.Select(input => Row(input, row))]))];
        for (int i = 0; i < together.Length; i++)
            Assert.True(Difference(together[i], [.. alone.SelectMany(row => row[i])]) < 0.01, $"Output {i} depends on the number of rows.");
    }

    private static NamedOnnxValue Row(NamedOnnxValue batch, int row) => batch.Value switch
    {
        DenseTensor<float> tensor => Row(batch.Name, tensor, row),
        DenseTensor<byte> tensor => Row(batch.Name, tensor, row),
        DenseTensor<long> tensor => Row(batch.Name, tensor, row),
        var other => throw new NotSupportedException(other.GetType().Name),
    };

    private static NamedOnnxValue Row<T>(string name, DenseTensor<T> tensor, int row)
    {
        int length = (int)tensor.Length / tensor.Dimensions[0];
        return NamedOnnxValue.CreateFromTensor(name, new DenseTensor<T>(tensor.Buffer.Slice(row * length, length).ToArray(), [1, .. tensor.Dimensions[1..]]));
    }
}
