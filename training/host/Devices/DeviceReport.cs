using System.Globalization;
using System.Runtime.InteropServices;

namespace MnistAdder.Training.Devices;

/// <summary>A device in words: what the followed work's GPU check prints.</summary>
/// <param name="Device"><c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Name">The processor's or the GPU's name.</param>
/// <param name="Memory">Memory of the device, for instance <c>23.4 GiB</c>.</param>
/// <param name="Driver">The NVIDIA driver's CUDA version and cuDNN, or libtorch's threads on the CPU.</param>
public sealed record DeviceReport(string Device, string Name, string Memory, string Driver)
{
    internal static DeviceReport Cpu(int threads) => new(
        "cpu",
        ProcessorName(),
        Gibibytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
        $"none; libtorch on {threads} of {Environment.ProcessorCount} processors");

    internal static DeviceReport Cuda(NvidiaDriver? driver) => new(
        "cuda",
        driver?.DeviceName ?? "unknown",
        driver is null ? "unknown" : Gibibytes(driver.MemoryBytes),
        $"CUDA {driver?.CudaVersion ?? "unknown"}, cuDNN {(TorchSharp.torch.cuda.is_cudnn_available() ? "available" : "not available")}");

    private static string Gibibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB");

    private static string ProcessorName()
    {
        const string linuxReport = "/proc/cpuinfo";
        string? line = File.Exists(linuxReport)
            ? File.ReadLines(linuxReport).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal))
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        string name = line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "";
        return name.Length > 0 ? name : RuntimeInformation.ProcessArchitecture.ToString();
    }
}
