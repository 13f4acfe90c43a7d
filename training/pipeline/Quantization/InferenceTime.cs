using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.Training.Data;

namespace MnistAdder.Training.Quantization;

/// <summary>What an image costs in ONNX Runtime on one thread, in microseconds.</summary>
/// <param name="Float">The float model.</param>
/// <param name="Quantized">The quantised model, measured in turns with it.</param>
internal sealed record InferenceTime(double Float, double Quantized)
{
    private const int Rounds = 15;
    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(20);

    /// <summary>How many times as fast the quantised model is.</summary>
    public double Speed => Float / Quantized;

    /// <summary>Measures in turns; of each the least time counts, which other work on the machine can only lengthen.</summary>
    /// <param name="floats">The contents of the float model.</param>
    /// <param name="quantized">Those of the quantised one.</param>
    /// <param name="digits">Images, at least a batch of them.</param>
    /// <param name="batchSize">Images of a run.</param>
    public static InferenceTime Measure(byte[] floats, byte[] quantized, DigitSet digits, int batchSize)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        using InferenceSession one = new(floats, options), other = new(quantized, options);
        IReadOnlyCollection<NamedOnnxValue> batch = DigitBatches.Whole(digits, batchSize).First();
        Seconds(other, batch, runs: 3);
        int runs = (int)Math.Clamp(s_round / TimeSpan.FromSeconds(Seconds(one, batch, runs: 3)), 1, 10_000);
        double first = double.PositiveInfinity, second = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            first = Math.Min(first, Seconds(one, batch, runs));
            second = Math.Min(second, Seconds(other, batch, runs));
        }

        return new InferenceTime(1e6 * first / batchSize, 1e6 * second / batchSize);
    }

    private static double Seconds(InferenceSession session, IReadOnlyCollection<NamedOnnxValue> batch, int runs)
    {
        long start = Stopwatch.GetTimestamp();
        for (int run = 0; run < runs; run++)
            session.Run(batch).Dispose();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / runs;
    }
}
