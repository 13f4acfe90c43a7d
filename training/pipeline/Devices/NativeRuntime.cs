using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Training.Devices;

/// <summary>Settings of the C and OpenMP runtimes that libtorch lives on, on Linux.</summary>
internal static class NativeRuntime
{
    private const string WaitPolicy = "OMP_WAIT_POLICY";
    private const int TrimThreshold = -1, MmapThreshold = -3; // malloc.h

    // glibc accepts no more than half of an arena, 32 MiB, which is above an activation of a training step.
    private const int LargestHeapBlock = 32 << 20;
    private const int NeverTrim = int.MaxValue;

    /// <summary>
    /// Makes training cheaper, where the user's environment doesn't say otherwise and the C library is willing: nothing depends on it
    /// but speed. It has to come before libtorch is loaded. Elsewhere than on Linux it does nothing.
    /// </summary>
    public static void Tune()
    {
        if (!OperatingSystem.IsLinux())
            return;
        SleepWhileWaiting();
        KeepMemory();
    }

    // GNU's libgomp spins at its barriers by default. That burns the time of whatever else is on the same processors, be it the other
    // part of the batch (two halves on two cores: 1.6 times as long). Threads that sleep give the processor away.
    [SupportedOSPlatform("linux")]
    private static void SleepWhileWaiting()
    {
        if (IsUnset(WaitPolicy, "GOMP_SPINCOUNT"))
            NativeEnvironment.SetDefault(WaitPolicy, "PASSIVE");
    }

    // A step's activations have the sizes of the last step's. By default glibc gives each of them back to the system and takes
    // zeroed pages for the next: a tenth of a step's processor time.
    [SupportedOSPlatform("linux")]
    private static void KeepMemory()
    {
        if (!IsUnset("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES") || !IsGlibc())
            return;
        _ = mallopt(MmapThreshold, LargestHeapBlock);
        _ = mallopt(TrimThreshold, NeverTrim);
    }

    private static bool IsUnset(params ReadOnlySpan<string> variables)
    {
        foreach (string variable in variables)
        {
            if (Environment.GetEnvironmentVariable(variable) is not null)
                return false;
        }

        return true;
    }

    // musl has a mallopt neither in name nor in kind.
    [SupportedOSPlatform("linux")]
    private static bool IsGlibc() => NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "gnu_get_libc_version", out _);

    [SupportedOSPlatform("linux")]
    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mallopt(int parameter, int value);
}
