using System.Runtime.InteropServices;
using MnistAdder.OnnxBatching.Devices;
using MnistAdder.Training.Base;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Devices;

/// <summary>The device that a run trains on, proven to compute.</summary>
internal sealed class ComputeDevice
{
    private const double Tolerance = 1e-5;

    private readonly DeviceType _type;

    private ComputeDevice(DeviceType type, DeviceReport report, string? fallback, bool hasIdleGpu = false)
    {
        HasIdleGpu = hasIdleGpu;
        _type = type;
        Report = report;
        Fallback = fallback;
    }

    /// <summary>How to get a build with CUDA on a machine like this one.</summary>
    internal static string HowToBuild { get; } =
        OperatingSystem.IsLinux() ? "build with -p:Accelerator=cuda" : "the build with -p:Accelerator=cuda is for Linux";

    /// <summary>Where the network and every batch live.</summary>
    public Device Device => _type == DeviceType.CUDA ? CUDA : CPU;

    /// <summary>What it is.</summary>
    public DeviceReport Report { get; }

    /// <summary>Why <see cref="DeviceChoice.Auto"/> took the CPU, one sentence; else null.</summary>
    public string? Fallback { get; }

    /// <summary>Whether <see cref="DeviceChoice.Auto"/> took the CPU on a machine with a GPU: then people have to know why.</summary>
    public bool HasIdleGpu { get; }

    /// <summary><c>cpu</c> or <c>cuda</c>.</summary>
    public string Kind => _type == DeviceType.CUDA ? "cuda" : "cpu";

    /// <summary>Chooses a device, lets it multiply two small matrices and compares with the right answer.</summary>
    /// <param name="choice">What was asked for.</param>
    /// <param name="threads">Threads of the CPU for libtorch, at least 1.</param>
    /// <returns>The device and its report.</returns>
    /// <exception cref="TrainingException"><see cref="DeviceChoice.Cuda"/> was asked for and isn't there, or a device computes wrongly.</exception>
    public static ComputeDevice Open(DeviceChoice choice, int threads) => Open(choice, threads, LibtorchCuda.Instance);

    internal static ComputeDevice Open(DeviceChoice choice, int threads, INativeCuda native)
    {
        set_num_threads(threads);
        if (choice == DeviceChoice.Cpu)
            return OpenCpu(threads, native, fallback: null);

        NvidiaDriver? driver = native.QueryDriver();
        string? missing = Missing(native, driver);
        if (missing is null)
        {
            try
            {
                Check(DeviceType.CUDA, native);
                return new ComputeDevice(DeviceType.CUDA, DeviceReport.Cuda(driver!, native.HasCudnn), fallback: null);
            }
            catch (ExternalException exception)
            {
                // For instance a device that is older than those that libtorch has kernels for.
                missing = $"{driver!.Devices[0].Name} can't compute with this build's libtorch ({LibtorchFailure.FirstLine(exception)})";
            }
        }

        return choice == DeviceChoice.Cuda
            ? throw new TrainingException($"--device cuda: {missing}.")
            : OpenCpu(threads, native, $"CUDA was not to be had: {missing}.", hasIdleGpu: driver is { Devices.Count: > 0 });
    }

    /// <summary>Why CUDA can't be had.</summary>
    /// <returns>A clause without a full stop; null where nothing is in its way.</returns>
    internal static string? Missing(INativeCuda native, NvidiaDriver? driver)
    {
        string? driverProblem = CudaReadiness.DriverProblem(driver);
        if (!native.IsInBuild)
        {
            string build = $"this build has libtorch for the CPU only ({HowToBuild})";
            return driverProblem is null ? build : $"{build}, and {driverProblem}";
        }

        if (driverProblem is not null)
            return $"this build has libtorch for CUDA, but {driverProblem}";
        if (native.IsUsable)
            return null;
        string reason = CudaReadiness.LibraryProblem(native.MissingLibraries()) ?? "its CUDA needs driver 525 or newer";
        return $"this build has libtorch for CUDA and the driver sees {driver!.Devices[0].Name}, but libtorch can't use it; {reason}";
    }

    private static ComputeDevice OpenCpu(int threads, INativeCuda native, string? fallback, bool hasIdleGpu = false)
    {
        Check(DeviceType.CPU, native);
        return new ComputeDevice(DeviceType.CPU, DeviceReport.Cpu(threads), fallback, hasIdleGpu);
    }

    private static void Check(DeviceType device, INativeCuda native)
    {
        double difference = native.ProductError(device);
        // Written so that a NaN fails, too.
        if (!(difference <= Tolerance))
            throw new TrainingException($"The device {(device == DeviceType.CUDA ? "cuda" : "cpu")} multiplies matrices wrongly: off by {difference}.");
    }
}

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
