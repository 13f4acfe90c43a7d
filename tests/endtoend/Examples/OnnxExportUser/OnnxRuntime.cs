using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxExport;
using static TorchSharp.torch;

/// <summary>Runs exported models of floating-point numbers in ONNX Runtime.</summary>
internal static class OnnxRuntime
{
    public static IReadOnlyList<Tensor> Run(OnnxModel model, IReadOnlyList<Tensor> inputs)
    {
        using var session = new InferenceSession(model.ToBytes());
        using var run = new RunOptions();
        OrtValue[] values = [.. inputs.Select(input => OrtValue.CreateTensorValueFromMemory(input.contiguous().data<float>().ToArray(), input.shape))];
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, session.InputNames, values, session.OutputNames);
        return [.. outputs.Select(output => tensor(output.GetTensorDataAsSpan<float>().ToArray(), output.GetTensorTypeAndShape().Shape))];
    }
}
