using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

/// <summary>What a file gives in ONNX Runtime, beside what its module gives in TorchSharp.</summary>
internal static class Comparison
{
    public static void Print(string file, nn.Module<Tensor, Tensor> module, Tensor input)
    {
        module.eval();
        float[] expected = [.. module.call(input).detach().data<float>()];
        using var session = new InferenceSession(file);
        using var value = OrtValue.CreateTensorValueFromMemory([.. input.data<float>()], input.shape);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, session.InputNames, [value], session.OutputNames);
        ReadOnlySpan<float> actual = results[0].GetTensorDataAsSpan<float>();
        float difference = 0;
        for (int i = 0; i < expected.Length; i++)
            difference = Math.Max(difference, Math.Abs(expected[i] - actual[i]));
        Console.WriteLine($"{file} {(actual.Length == expected.Length && difference < 1e-5 ? "gives what TorchSharp gives" : $"differs by {difference}")}");
    }

    public static string InputOf(string file)
    {
        using var session = new InferenceSession(file);
        return $"{session.InputMetadata["pixels"].ElementDataType} {string.Join('×', session.InputMetadata["pixels"].Dimensions)}";
    }
}
