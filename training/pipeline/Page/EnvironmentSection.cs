using System.Globalization;
using System.Xml.Linq;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Results;

namespace MnistAdder.Training.Page;

/// <summary>What the run ran on.</summary>
internal static class EnvironmentSection
{
    public static XElement Write(ReportContent report)
    {
        DeviceReport device = report.Run.Device;
        var versions = RunEnvironment.Here();
        Table table = new Table("environment of the run", Column.Text("part"), Column.Text("what it was"))
            .Row("operating system", versions.OperatingSystem)
            .Row(".NET", versions.Dotnet)
            .Row("device", $"{device.Device}, {device.Name}")
            .Row("memory", device.Memory)
            .Row("driver", device.Driver)
            .Row("threads", report.Run.Settings.Threads.ToString(CultureInfo.InvariantCulture))
            .Row("TorchSharp", versions.TorchSharp)
            .Row("libtorch", versions.Libtorch)
            .Row("ML.NET", versions.MLNet)
            .Row("ONNX Runtime", versions.OnnxRuntime)
            .Row("MnistAdder", versions.MnistAdder);
        return Html.Section("environment", "Environment", table.ToElement());
    }
}
