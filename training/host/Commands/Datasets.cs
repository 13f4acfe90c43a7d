using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Sources;
using MnistAdder.Training.Data.Synthetic;
using MnistAdder.TrainingHost.Terminal;
using Spectre.Console;

namespace MnistAdder.TrainingHost.Commands;

/// <summary>The digits that the options ask for, with a progress bar while they are fetched.</summary>
internal static class Datasets
{
    private const int SyntheticTraining = 60_000;
    private const int SyntheticTest = 10_000;
    private const long SyntheticSeed = 1;

    public static async Task<DigitDataset> LoadAsync(DatasetChoice choice, string? folder, int limit, bool quiet, CancellationToken stop)
    {
        using var client = new HttpClient();
        var sources = new DatasetSources(
            DatasetPlaces.FromEnvironment(Environment.GetEnvironmentVariable), new DownloadOptions(), client, cancel => DrawSynthetic(limit, cancel));
        var request = new DatasetRequest(choice, folder);
        Action<string> notice = line => Console.Error.WriteLine(line);
        if (quiet || Console.IsErrorRedirected)
            return await sources.LoadAsync(request, progress: null, notice, stop);

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await new Progress(console, new SteadyClock(TimeProvider.System))
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context => sources.LoadAsync(request, new DownloadBars(context), notice, stop));
    }

    // The stand-in for MNIST: of the same size and always the same, and no more of it than is used.
    private static DigitDataset DrawSynthetic(int limit, CancellationToken stop) => new(
        "synthetic",
        "drawn by this program",
        SyntheticDigits.Draw(Math.Min(limit, SyntheticTraining), SyntheticSeed, cancellation: stop),
        SyntheticDigits.Draw(Math.Min(limit, SyntheticTest), SyntheticSeed + 1, cancellation: stop));

    private sealed class DownloadBars(ProgressContext context) : IProgress<DownloadProgress>
    {
        private readonly Dictionary<string, ProgressTask> _bars = [];

        public void Report(DownloadProgress value)
        {
            lock (_bars)
            {
                if (!_bars.TryGetValue(value.File, out ProgressTask? bar))
                    _bars[value.File] = bar = context.AddTask(Markup.Escape(value.File));
                if (value.Total is { } total)
                    bar.MaxValue = total;
                bar.Value = value.Bytes;
            }
        }
    }
}
