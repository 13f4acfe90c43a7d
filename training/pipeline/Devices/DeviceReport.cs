using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Training.Devices;

/// <summary>A device in words: what the followed work's GPU check prints.</summary>
/// <param name="Device"><c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Name">The processor's or the GPU's name; of several GPUs the first, which is the one that is used.</param>
/// <param name="Memory">Memory of the device, for instance <c>23.4 GiB</c>.</param>
/// <param name="Driver">The NVIDIA driver's CUDA version and cuDNN, or libtorch's threads on the CPU.</param>
public sealed record DeviceReport(string Device, string Name, string Memory, string Driver)
{
    internal static DeviceReport Cpu(int threads) => new(
        "cpu",
        ThisMachine.ProcessorName(),
        ThisMachine.Gibibytes(ThisMachine.MemoryOfProcess()),
        $"none; libtorch on {threads} of {Environment.ProcessorCount} processors");

    internal static DeviceReport Cuda(NvidiaDriver driver, bool hasCudnn)
    {
        NvidiaDevice first = driver.Devices[0];
        string others = driver.Devices.Count == 1 ? "" : $" (the first of {driver.Devices.Count}; CUDA_VISIBLE_DEVICES chooses another)";
        return new DeviceReport(
            "cuda",
            first.Name + others,
            ThisMachine.Gibibytes(first.MemoryBytes),
            $"CUDA {driver.CudaVersion?.ToString() ?? "unknown"}, cuDNN {(hasCudnn ? "available" : "not available: convolutions take slower kernels")}");
    }
}
