using System.Diagnostics;
using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Commands.Doctor;

/// <summary>A small computation on a device.</summary>
/// <param name="Runtime">What computed: <c>libtorch</c> or <c>ONNX Runtime</c>.</param>
/// <param name="Device"><c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Status">How it went.</param>
/// <param name="Milliseconds">What it took, the device's start included; null where nothing was computed.</param>
/// <param name="Detail">What was computed, or why it wasn't: one line.</param>
internal sealed record Computation(string Runtime, string Device, ComputationStatus Status, double? Milliseconds, string Detail)
{
    /// <summary>Does the work and takes its time.</summary>
    /// <param name="runtime">What computes.</param>
    /// <param name="device">On what.</param>
    /// <param name="work">Throws where the answer is wrong; returns what was computed.</param>
    public static Computation Try(string runtime, string device, Func<string> work)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            string detail = work();
            return new Computation(runtime, device, ComputationStatus.Ok, clock.Elapsed.TotalMilliseconds, detail);
        }
#pragma warning disable CA1031 // Whatever keeps a device from computing is what a doctor is asked for.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new Computation(runtime, device, ComputationStatus.Failed, null, Reason(exception).Trim().Split('\n')[0].TrimEnd());
        }
    }

    /// <summary>Does the work on CUDA where that is to be expected: the build has it and the driver sees a device.</summary>
    /// <param name="runtime">What computes.</param>
    /// <param name="missing">What has CUDA where this build hasn't, a clause; null where it has.</param>
    /// <param name="driver">The driver; null where there is none.</param>
    /// <param name="work">Throws where the answer is wrong; returns what was computed.</param>
    public static Computation TryCuda(string runtime, string? missing, NvidiaDriver? driver, Func<string> work)
    {
        const string device = "cuda";
        string? reason = driver is { Devices.Count: > 0 } ? null : CudaReadiness.DriverProblem(driver);
        if (missing is not null)
            reason = $"this build has {runtime} for the CPU only{(reason is null ? $" ({missing})" : $", and {reason}")}";
        return reason is null ? Try(runtime, device, work) : new Computation(runtime, device, ComputationStatus.Absent, null, reason);
    }

    // A native library that isn't there comes wrapped in the failure of a static constructor, which says nothing.
    private static string Reason(Exception exception) =>
        exception is TypeInitializationException { InnerException: { } inner } ? Reason(inner) : exception.Message;
}

/// <summary>How a computation on a device went.</summary>
internal enum ComputationStatus
{
    /// <summary>It gave the right answer.</summary>
    Ok,

    /// <summary>The device isn't there or the program wasn't built for it: nothing is wrong.</summary>
    Absent,

    /// <summary>The device should work and doesn't.</summary>
    Failed,
}
