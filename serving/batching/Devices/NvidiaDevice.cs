namespace MnistAdder.OnnxBatching.Devices;

/// <summary>A device that NVIDIA's driver sees.</summary>
/// <param name="Name">For instance <c>NVIDIA GeForce GTX 960M</c>.</param>
/// <param name="MemoryBytes">Memory of the device.</param>
internal sealed record NvidiaDevice(string Name, long MemoryBytes);
