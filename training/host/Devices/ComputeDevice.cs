using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Devices;

/// <summary>Which device to train on.</summary>
public enum DeviceChoice
{
    /// <summary>CUDA where it works, else the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>The first CUDA device, or an error that says what is missing.</summary>
    Cuda,
}

/// <summary>The device that a run trains on, proven to compute.</summary>
public sealed class ComputeDevice
{
    private ComputeDevice(Device device, DeviceReport report)
    {
        Device = device;
        Report = report;
    }

    /// <summary>Where the network and every batch live.</summary>
    public Device Device { get; }

    /// <summary>What it is.</summary>
    public DeviceReport Report { get; }

    /// <summary><c>cpu</c> or <c>cuda</c>.</summary>
    public string Kind => Device.type == DeviceType.CUDA ? "cuda" : "cpu";

    /// <summary>Chooses a device, lets it multiply two small matrices and compares with the right answer.</summary>
    /// <param name="choice">What was asked for.</param>
    /// <param name="threads">Threads of the CPU for libtorch, at least 1.</param>
    /// <returns>The device and its report.</returns>
    /// <exception cref="TrainingException"><see cref="DeviceChoice.Cuda"/> was asked for and isn't there, or a device computes wrongly.</exception>
    public static ComputeDevice Open(DeviceChoice choice, int threads)
    {
        set_num_threads(threads);
        string? missing = choice == DeviceChoice.Cpu ? "the CPU was asked for" : MissingForCuda();
        if (choice == DeviceChoice.Cuda && missing is not null)
            throw new TrainingException($"--device cuda: {missing}.");

        Device device = missing is null ? CUDA : CPU;
        CheckMatmul(device);
        return new ComputeDevice(device, missing is null ? DeviceReport.Cuda(NvidiaDriver.TryQuery()) : DeviceReport.Cpu(threads));
    }

    private static string? MissingForCuda()
    {
        NvidiaDriver? driver = NvidiaDriver.TryQuery();
        string build = NativeBuild.HasCuda
            ? "this build has libtorch for CUDA"
            : "this build has libtorch for the CPU only (build with -p:Accelerator=cuda)";
        if (!NativeBuild.HasCuda)
            return driver is null ? $"{build}, and no NVIDIA driver (libcuda.so.1) with a device answers on this machine" : build;
        if (driver is null)
            return $"{build}, but no NVIDIA driver (libcuda.so.1) with a device answers on this machine";
        return cuda.is_available() ? null : $"{build} and the driver sees {driver.DeviceName}, but libtorch can't use it; its CUDA needs driver 525 or newer";
    }

    private static void CheckMatmul(Device device)
    {
        using var scope = NewDisposeScope();
        Tensor left = arange(0, 64, dtype: ScalarType.Float32).view(8, 8).to(device);
        Tensor right = eye(8, dtype: ScalarType.Float32).mul(2).to(device);
        double difference = left.matmul(right).sub(left.mul(2)).abs().max().cpu().ToDouble();
        if (difference > 1e-5)
            throw new TrainingException($"The device {device} multiplies matrices wrongly: off by {difference}.");
    }
}
