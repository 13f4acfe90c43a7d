using System.Globalization;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using Spectre.Console;

namespace MnistAdder.TrainingHost.Terminal;

/// <summary>Tables, and a progress bar for the epoch in hand that leaves a line behind.</summary>
internal sealed class TerminalObserver(IAnsiConsole console) : ITrainingObserver
{
    private string _judgedOn = "";

    public void Starting(RunSettings settings, DeviceReport device, IReadOnlyList<LayerRow> layers)
    {
        _judgedOn = settings.JudgedOn;
        console.Write(DeviceTable(device, settings.Seed));
        console.Write(LayerTableView.Render(layers));
        console.WriteLine(TrainingText.Run(settings));
    }

    public EpochResult Watch(int epoch, Func<Action<EpochProgress>, EpochResult> run)
    {
        EpochResult result = new Progress(console, new SteadyClock(TimeProvider.System))
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn { Width = 24 }, new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask($"epoch {epoch}");
                return run(progress =>
                {
                    task.MaxValue = progress.TotalImages;
                    task.Value = progress.Images;
                    task.Description = Markup.Escape($"epoch {epoch}  {TrainingText.Progress(progress)}");
                });
            });
        console.WriteLine(TrainingText.Epoch(result, _judgedOn));
        return result;
    }

    public void Note(string line) => console.WriteLine(line);

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
}
