using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary>ONNX Runtime with nothing around it: a single-threaded session for each core, the pixels in memory beforehand.</summary>
internal sealed class RuntimeAlone : IDisposable
{
    private const int BatchSize = 32;
    private static readonly string[] s_inputs = [ModelContract.Image, ModelContract.Number];
    private static readonly string[] s_outputs =
        [ModelContract.Digit, ModelContract.DigitProbabilities, ModelContract.Sum, ModelContract.SumProbabilities];

    private readonly InferenceSession[] _sessions;

    public RuntimeAlone(string model)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        _sessions = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new InferenceSession(model, options))];
    }

    /// <summary>Runs the model on this many rows, split among the sessions.</summary>
    public void Score(int rows) => Parallel.For(0, _sessions.Length, worker =>
    {
        byte[] pixels = new byte[BatchSize * MnistGeometry.PixelCount];
        long[] numbers = new long[BatchSize];
        new Random(worker).NextBytes(pixels);
        using var run = new RunOptions();
        using var image = OrtValue.CreateTensorValueFromMemory(pixels, [BatchSize, 1, MnistGeometry.Side, MnistGeometry.Side]);
        using var number = OrtValue.CreateTensorValueFromMemory(numbers, [BatchSize, 1]);
        using var digit = OrtValue.CreateTensorValueFromMemory(new long[BatchSize], [BatchSize]);
        using var digits = OrtValue.CreateTensorValueFromMemory(new float[BatchSize * ModelContract.DigitClasses], [BatchSize, ModelContract.DigitClasses]);
        using var sum = OrtValue.CreateTensorValueFromMemory(new long[BatchSize], [BatchSize]);
        using var sums = OrtValue.CreateTensorValueFromMemory(new float[BatchSize * ModelContract.SumClasses], [BatchSize, ModelContract.SumClasses]);
        for (int done = 0; done < rows / _sessions.Length; done += BatchSize)
            _sessions[worker].Run(run, s_inputs, [image, number], s_outputs, [digit, digits, sum, sums]);
    });

    public void Dispose()
    {
        foreach (InferenceSession session in _sessions)
            session.Dispose();
    }
}
