using System.Globalization;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;

namespace MnistAdder.TrainingHost.Terminal;

/// <summary>Plain text for each epoch: for logs and pipes.</summary>
internal sealed class PlainObserver(TextWriter output) : ITrainingObserver
{
    private string _judgedOn = "";

    public void Starting(RunSettings settings, DeviceReport device, IReadOnlyList<LayerRow> layers)
    {
        _judgedOn = settings.JudgedOn;
        output.WriteLine($"device   {device.Device}: {device.Name}, memory {device.Memory}, driver {device.Driver}; matrix product checked, generators seeded with {settings.Seed}");
        output.WriteLine($"network  {settings.Recipe}: {layers.Sum(layer => layer.Parameters).ToString("N0", CultureInfo.InvariantCulture)} parameters");
        output.WriteLine(TrainingText.Run(settings));
    }

    public void EpochEnded(EpochResult result, DigitSumNetwork network) => output.WriteLine(TrainingText.Epoch(result, _judgedOn));

    public void Note(string line) => output.WriteLine(line);
}
