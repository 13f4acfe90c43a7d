using MnistAdder.OnnxBatching.Devices;
using MnistAdder.Training.Devices;
using TorchSharp;

namespace MnistAdder.Training.Tests.Devices;

/// <summary>A machine as a test describes it; everything works unless it says otherwise.</summary>
internal sealed record FakeCuda : INativeCuda
{
    public bool IsInBuild { get; init; } = true;

    public bool IsUsable { get; init; } = true;

    public bool HasCudnn { get; init; } = true;

    public NvidiaDriver? Driver { get; init; } = new(new Version(12, 8), [new NvidiaDevice("NVIDIA H100", 80L << 30)], null);

    public string[] Missing { get; init; } = [];

    public Func<DeviceType, double> Product { get; init; } = _ => 0;

    public NvidiaDriver? QueryDriver() => Driver;

    public IReadOnlyList<string> MissingLibraries() => Missing;

    public double ProductError(DeviceType device) => Product(device);
}
