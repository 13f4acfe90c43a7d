using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxQuantization.Search;

/// <summary>How long one model takes for a batch, relative to another.</summary>
internal static class Timing
{
    private const int Rounds = 7;
    private static readonly TimeSpan s_leastRound = TimeSpan.FromMilliseconds(4);

    /// <summary>Measures in turns; of each the least time counts, which other work on the machine can only lengthen.</summary>
    /// <returns>The first model's time divided by the second's.</returns>
    public static double Ratio(InferenceSession one, InferenceSession other, IReadOnlyCollection<NamedOnnxValue> batch)
    {
        Seconds(one, batch, runs: 1);
        int runs = (int)Math.Clamp(Math.Ceiling(s_leastRound.TotalSeconds / Seconds(other, batch, runs: 2)), 1, 1000);
        double first = double.PositiveInfinity, second = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            first = Math.Min(first, Seconds(one, batch, runs));
            second = Math.Min(second, Seconds(other, batch, runs));
        }

        return first / second;
    }

    private static double Seconds(InferenceSession session, IReadOnlyCollection<NamedOnnxValue> batch, int runs)
    {
        long start = Stopwatch.GetTimestamp();
        for (int run = 0; run < runs; run++)
            session.Run(batch).Dispose();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / runs;
    }
}
