using System.Globalization;
using MnistAdder.Commands;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using Spectre.Console;

namespace MnistAdder.TrainingHost.Terminal;

/// <summary>Tables, and a progress bar for the epoch in hand that leaves a line behind.</summary>
internal sealed class TerminalObserver(IAnsiConsole console) : ITrainingObserver, IDisposable
{
    private string _judgedOn = "";
    private EpochBar? _bar;

    public void Starting(RunSettings settings, DeviceReport device, IReadOnlyList<LayerRow> layers)
    {
        _judgedOn = settings.JudgedOn;
        console.Write(DeviceTable(device, settings.Seed));
        console.Write(LayerTableView.Render(layers));
        console.WriteLine(TrainingText.Run(settings));
    }

    public void EpochStarting(int epoch)
    {
        Dispose();
        _bar = new EpochBar(console, epoch);
    }

    public void Progress(EpochProgress progress) => _bar?.Show(progress);

    public void EpochEnded(EpochResult result, DigitSumNetwork network) => Note(TrainingText.Epoch(result, _judgedOn));

    public void Note(string line)
    {
        Dispose();
        console.WriteLine(TerminalText.OneLine(line));
    }

    /// <summary>Takes away the bar of an epoch that is over, or that nothing will come of.</summary>
    public void Dispose()
    {
        _bar?.Dispose();
        _bar = null;
    }

    private static Table DeviceTable(DeviceReport device, long seed)
    {
        Table table = new Table().Title("Device").HideHeaders().AddColumns("", "");
        (string Name, string Value)[] rows =
        [
            ("device", device.Device),
            ("name", device.Name),
            ("memory", device.Memory),
            ("driver", device.Driver),
            ("compute check", "matrix product right"),
            ("seed of every generator", seed.ToString(CultureInfo.InvariantCulture)),
        ];
        foreach ((string name, string value) in rows)
            table.AddRow(Markup.Escape(name), Markup.Escape(value));
        return table;
    }

    // Spectre.Console shows a bar for as long as a task runs: this one waits for the epoch's end.
    private sealed class EpochBar : IDisposable
    {
        private readonly TaskCompletionSource _over = new();
        private readonly int _epoch;
        private readonly Task _shown;
        private ProgressTask? _bar;

        public EpochBar(IAnsiConsole console, int epoch)
        {
            _epoch = epoch;
            _shown = new Progress(console, new SteadyClock(TimeProvider.System))
                .AutoClear(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn { Width = 12 }, new PercentageColumn(), new RemainingTimeColumn())
                .StartAsync(async context =>
                {
                    _bar = context.AddTask($"epoch {epoch}");
                    await _over.Task;
                });
        }

        public void Show(EpochProgress progress)
        {
            if (_bar is null)
                return;
            _bar.MaxValue = progress.TotalImages;
            _bar.Value = progress.Images;
            _bar.Description = Markup.Escape($"epoch {_epoch} {TrainingText.Progress(progress)}");
        }

        public void Dispose()
        {
            _over.SetResult();
            _shown.GetAwaiter().GetResult();
        }
    }
}
