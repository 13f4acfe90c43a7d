using System.Diagnostics;
using System.Globalization;
using MnistAdder.Commands;
using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Sources;
using Spectre.Console;

namespace MnistAdder.TrainingHost.Terminal;

/// <summary>How far the loading of digits is, on standard error: bars where that is a terminal, else a line now and then.</summary>
internal static class LoadingProgress
{
    /// <summary>Shows how far downloads are, in bytes.</summary>
    public static Task<DigitDataset> ShowDownloadsAsync(Func<Loading, Task<DigitDataset>> load, Verbosity verbosity, CancellationToken stop) =>
        ShowAsync(load, [new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn()], verbosity, stop);

    /// <summary>Shows how far the reading of pictures is.</summary>
    public static Task<DigitDataset> ShowPicturesAsync(Func<Loading, Task<DigitDataset>> load, Verbosity verbosity, CancellationToken stop) =>
        ShowAsync(load, [new PercentageColumn(), new RemainingTimeColumn()], verbosity, stop);

    private static async Task<DigitDataset> ShowAsync(
        Func<Loading, Task<DigitDataset>> load, ProgressColumn[] figures, Verbosity verbosity, CancellationToken stop)
    {
        var error = new TerminalWriter(Console.Error, dropsFailures: true);
        bool quiet = verbosity == Verbosity.Quiet;
        if (quiet || Console.IsErrorRedirected)
            return await load(LoadingTo(error.WriteLine, quiet ? null : new Lines(error)));

        // Bars are drawn over what is printed between them.
        var notices = new List<string>();
        try
        {
            IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
            return await new Progress(console, new SteadyClock(TimeProvider.System))
                .AutoClear(true)
                .Columns([new TaskDescriptionColumn(), new ProgressBarColumn(), .. figures])
                .StartAsync(context => load(LoadingTo(notices.Add, new Bars(context))));
        }
        finally
        {
            notices.ForEach(error.WriteLine);
        }

        Loading LoadingTo(Action<string> notice, IProgress<LoadProgress>? progress) =>
            new(notice, progress, verbosity == Verbosity.Verbose ? notice : null, stop);
    }

    private sealed class Bars(ProgressContext context) : IProgress<LoadProgress>
    {
        private readonly Dictionary<string, ProgressTask> _bars = [];

        public void Report(LoadProgress value)
        {
            lock (_bars)
            {
                if (!_bars.TryGetValue(value.Name, out ProgressTask? bar))
                    _bars[value.Name] = bar = context.AddTask(Markup.Escape(TerminalText.OneLine(value.Name)));
                if (value.Total is { } total)
                    bar.MaxValue = total;
                bar.Value = value.Done;
            }
        }
    }

    private sealed class Lines(TextWriter output) : IProgress<LoadProgress>
    {
        private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);
        private readonly Lock _lock = new();
        private long _last = Stopwatch.GetTimestamp();

        public void Report(LoadProgress value)
        {
            lock (_lock)
            {
                if (Stopwatch.GetElapsedTime(_last) < s_pause)
                    return;
                _last = Stopwatch.GetTimestamp();
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{value.Name}: {value.Done:N0}{(value.Total is { } total ? $" of {total:N0}" : "")}"));
            }
        }
    }
}
