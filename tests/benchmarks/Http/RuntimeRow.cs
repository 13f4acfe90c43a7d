using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MnistAdder.Benchmarks.Http;

/// <summary>ONNX Runtime with nothing around it: one row a run, one thread a run, any number of runs at once.</summary>
internal sealed class RuntimeRow : IDisposable
{
    private readonly RunOptions _run = new();
    private readonly InferenceSession _session;
    private readonly (TensorElementType Type, long[] Shape)[] _inputs;

    /// <param name="file">The ONNX file.</param>
    public RuntimeRow(string file)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        _session = new InferenceSession(file, options);
        _inputs = [.. _session.InputNames.Select(name => _session.InputMetadata[name]).Select(input => (input.ElementDataType, input.Dimensions.Select(size => Math.Max(1L, size)).ToArray()))];
    }

    /// <summary>Runs the model.</summary>
    /// <param name="inputs">The bytes of all inputs' rows, one behind the other.</param>
    /// <returns>All outputs.</returns>
    public BinaryTensor[] Run(ReadOnlyMemory<byte> inputs)
    {
        var values = new OrtValue[_inputs.Length];
        int at = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, _inputs[i].Type, _inputs[i].Shape);
            Span<byte> target = values[i].GetTensorMutableRawData();
            inputs.Span.Slice(at, target.Length).CopyTo(target);
            at += target.Length;
        }

        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_run, _session.InputNames, values, _session.OutputNames);
        foreach (OrtValue value in values)
            value.Dispose();
        return [.. outputs.Select((output, i) => Read(_session.OutputNames[i], output))];
    }

    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }

    private static BinaryTensor Read(string name, OrtValue output)
    {
        OrtTensorTypeAndShapeInfo info = output.GetTensorTypeAndShape();
        return new BinaryTensor(name, info.ElementDataType == TensorElementType.Int64 ? "INT64" : "FP32", info.Shape, output.GetTensorMutableRawData().ToArray());
    }
}
