using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace MnistAdder.OnnxExport.Tests;

/// <summary>Runs an exported model in ONNX Runtime on TorchSharp tensors.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;

    public OnnxSession(OnnxModel model)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        _session = new InferenceSession(model.ToBytes(), options);
    }

    public InferenceSession Session => _session;

    /// <summary>Runs on inputs in the model's order; gives the outputs in the model's order.</summary>
    public Tensor[] Run(params Tensor[] inputs)
    {
        var values = new Dictionary<string, OrtValue>();
        try
        {
            foreach ((string name, Tensor input) in _session.InputNames.Zip(inputs))
                values.Add(name, ToOrt(input));
            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(run, values, _session.OutputNames);
            return [.. outputs.Select(ToTorch)];
        }
        finally
        {
            foreach (OrtValue value in values.Values)
                value.Dispose();
        }
    }

    public void Dispose() => _session.Dispose();

    private static OrtValue ToOrt(Tensor tensor)
    {
        OrtValue value = OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, (TensorElementType)OnnxTensor.ElementTypeOf(tensor.dtype), tensor.shape);
        using Tensor contiguous = tensor.contiguous();
        contiguous.bytes.CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    private static Tensor ToTorch(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        Tensor tensor = zeros(info.Shape, (OnnxElementType)info.ElementDataType switch
        {
            OnnxElementType.Float => ScalarType.Float32,
            OnnxElementType.Double => ScalarType.Float64,
            OnnxElementType.Float16 => ScalarType.Float16,
            OnnxElementType.Int64 => ScalarType.Int64,
            OnnxElementType.Int32 => ScalarType.Int32,
            OnnxElementType.Int16 => ScalarType.Int16,
            OnnxElementType.Int8 => ScalarType.Int8,
            OnnxElementType.UInt8 => ScalarType.Byte,
            OnnxElementType.Bool => ScalarType.Bool,
            _ => throw new NotSupportedException($"{info.ElementDataType}"),
        });
        tensor.bytes = MemoryMarshal.AsBytes(value.GetTensorMutableRawData());
        return tensor;
    }
}
