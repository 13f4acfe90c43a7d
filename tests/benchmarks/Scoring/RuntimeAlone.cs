using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary>ONNX Runtime with nothing around it: single-threaded sessions side by side, the pixels in memory beforehand.</summary>
internal sealed class RuntimeAlone : IDisposable
{
    private static readonly string[] s_inputs = [ModelContract.Image, ModelContract.Number];
    private static readonly string[] s_outputs =
        [ModelContract.Digit, ModelContract.DigitProbabilities, ModelContract.Sum, ModelContract.SumProbabilities];

    private readonly InferenceSession[] _sessions;
    private readonly int _batchSize;

    /// <param name="model">The contents of a model.onnx.</param>
    /// <param name="sessions">Sessions that work at the same time.</param>
    /// <param name="batchSize">Rows in a run.</param>
    public RuntimeAlone(byte[] model, int sessions, int batchSize)
    {
        _batchSize = batchSize;
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        _sessions = [.. Enumerable.Range(0, sessions).Select(_ => new InferenceSession(model, options))];
    }

    /// <summary>Runs the model on this many rows, split among the sessions.</summary>
    public void Score(int rows) => Parallel.For(0, _sessions.Length, worker =>
    {
        byte[] pixels = new byte[_batchSize * MnistGeometry.PixelCount];
        long[] numbers = new long[_batchSize];
        new Random(worker).NextBytes(pixels);
        using var run = new RunOptions();
        using var image = OrtValue.CreateTensorValueFromMemory(pixels, [_batchSize, 1, MnistGeometry.Side, MnistGeometry.Side]);
        using var number = OrtValue.CreateTensorValueFromMemory(numbers, [_batchSize, 1]);
        using var digit = OrtValue.CreateTensorValueFromMemory(new long[_batchSize], [_batchSize]);
        using var digits = OrtValue.CreateTensorValueFromMemory(new float[_batchSize * ModelContract.DigitClasses], [_batchSize, ModelContract.DigitClasses]);
        using var sum = OrtValue.CreateTensorValueFromMemory(new long[_batchSize], [_batchSize]);
        using var sums = OrtValue.CreateTensorValueFromMemory(new float[_batchSize * ModelContract.SumClasses], [_batchSize, ModelContract.SumClasses]);
        for (int done = 0; done < rows / _sessions.Length; done += _batchSize)
            _sessions[worker].Run(run, s_inputs, [image, number], s_outputs, [digit, digits, sum, sums]);
    });

    public void Dispose()
    {
        foreach (InferenceSession session in _sessions)
            session.Dispose();
    }
}
