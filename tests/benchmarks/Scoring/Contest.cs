using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary>Ways to score the same rows, measured in turns.</summary>
internal static class Contest
{
    /// <summary>Measures each once to warm up, then all in turns, and prints the medians; the first is the baseline.</summary>
    public static void Report(int rows, int rounds, params Contestant[] contestants)
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

        double baseline = Statistics.Median(seconds[contestants[0]]);
        Table table = new Table().AddColumns("", "rows/s", "µs a row", "ratio");
        foreach (Contestant contestant in contestants)
        {
            double median = Statistics.Median(seconds[contestant]);
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
