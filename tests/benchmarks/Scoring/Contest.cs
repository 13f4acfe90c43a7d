using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary>Ways to score the same rows, measured in turns.</summary>
internal static class Contest
{
    /// <summary>Measures each once to warm up, then all in turns.</summary>
    /// <returns>The median seconds of each, in their order.</returns>
    public static double[] Seconds(int rounds, params Contestant[] contestants) => [.. Measure(rounds, contestants).Select(median => median.Seconds)];

    /// <summary>Measures each once to warm up, then all in turns.</summary>
    /// <returns>The medians of each, in their order: seconds, and those of this process on all processors together.</returns>
    public static (double Seconds, double ProcessorSeconds)[] Measure(int rounds, params Contestant[] contestants)
    {
        double[][] seconds = [.. contestants.Select(_ => new double[rounds])], processorSeconds = [.. contestants.Select(_ => new double[rounds])];
        for (int round = -1; round < rounds; round++)
        {
            for (int i = 0; i < contestants.Length; i++)
            {
                TimeSpan used = Environment.CpuUsage.TotalTime;
                var clock = Stopwatch.StartNew();
                contestants[i].Score();
                if (round < 0)
                    continue;
                seconds[i][round] = clock.Elapsed.TotalSeconds;
                processorSeconds[i][round] = (Environment.CpuUsage.TotalTime - used).TotalSeconds;
            }
        }

        return [.. seconds.Zip(processorSeconds, (taken, used) => (Statistics.Median(taken), Statistics.Median(used)))];
    }

    /// <summary>Prints the medians; the first contestant is the baseline.</summary>
    public static void Report(int rows, int rounds, params Contestant[] contestants)
    {
        double[] medians = Seconds(rounds, contestants);
        double baseline = medians[0];
        Table table = new Table().AddColumns("", "rows/s", "µs a row", "ratio");
        foreach ((Contestant contestant, double median) in contestants.Zip(medians))
        {
            table.AddRow(
                Markup.Escape(contestant.Name),
                (rows / median).ToString("N0", CultureInfo.InvariantCulture),
                (1e6 * median / rows).ToString("0.0", CultureInfo.InvariantCulture),
                (baseline / median).ToString("0.00", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
    }
}

/// <summary>One of the ways.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Score">Scores all rows once.</param>
internal sealed record Contestant(string Name, Action Score);
