using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary>Ways to score the same rows, measured in turns.</summary>
internal static class Contest
{
    /// <summary>Measures each once to warm up, then all in turns.</summary>
    /// <returns>The median seconds of each, in their order.</returns>
    public static double[] Seconds(int rounds, params Contestant[] contestants)
    {
        var seconds = contestants.ToDictionary(contestant => contestant, _ => new List<double>());
        for (int round = 0; round <= rounds; round++)
        {
            foreach (Contestant contestant in contestants)
            {
                var clock = Stopwatch.StartNew();
                contestant.Score();
                if (round > 0)
                    seconds[contestant].Add(clock.Elapsed.TotalSeconds);
            }
        }

        return [.. contestants.Select(contestant => Statistics.Median(seconds[contestant]))];
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
