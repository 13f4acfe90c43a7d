using System.Diagnostics;
using System.Globalization;
using MnistAdder.Scoring.Csv;
using Spectre.Console;

namespace MnistAdder.Scoring.Cli;

/// <summary>A line on the terminal that says how far a run is.</summary>
internal static class ScoreProgress
{
    /// <summary>Runs, and shows progress on standard error where that is a terminal which the results don't go to.</summary>
    /// <param name="quiet">Whether nothing is to be shown.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="length">The input's length in bytes, where it is known.</param>
    /// <param name="bytesRead">How much of the input has been read.</param>
    /// <param name="describe">What is said beside the bar, after some seconds.</param>
    /// <param name="work">The run.</param>
    public static void Watch(bool quiet, string output, long? length, Func<long> bytesRead, Func<double, string> describe, Action work)
    {
        bool outputOnTerminal = output == InputFile.Standard && !Console.IsOutputRedirected;
        if (quiet || outputOnTerminal || Console.IsErrorRedirected)
            work();
        else
            Show(length, bytesRead, describe, work);
    }

    /// <summary>Rows that are done, in words.</summary>
    public static string Rate(long rows, double seconds) => string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows  {rows / seconds:N0} rows/s");

    // Apart, so that a run without a terminal doesn't load the library that draws.
    private static void Show(long? length, Func<long> bytesRead, Func<double, string> describe, Action work)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        console.Progress()
            .AutoClear(true)
            .Columns(new SpinnerColumn(), new ProgressBarColumn { Width = 24 }, new TaskDescriptionColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask("reading");
                task.MaxValue = length is > 0 ? length.Value : 1;
                task.IsIndeterminate = length is null;
                var clock = Stopwatch.StartNew();
                using var timer = new Timer(_ => Update(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
                work();

                void Update()
                {
                    task.Description = describe(clock.Elapsed.TotalSeconds);
                    if (length is not null)
                        task.Value = bytesRead();
                }
            });
    }
}
