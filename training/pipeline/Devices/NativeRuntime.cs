using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Training.Devices;

/// <summary>Settings of libtorch, and of the C and OpenMP runtimes that it lives on, on Linux.</summary>
internal static class NativeRuntime
{
    private const string WaitPolicy = "OMP_WAIT_POLICY";
    private const int TrimThreshold = -1, MmapThreshold = -3; // malloc.h

    // glibc accepts no more than half of an arena, 32 MiB, which is above an activation of a training step.
    private const int LargestHeapBlock = 32 << 20;
    private const int NeverTrim = int.MaxValue;

    /// <summary>
    /// Makes training cheaper and quieter, where the user's environment doesn't say otherwise and the C library is willing: no result depends
    /// on it. It has to come before libtorch is loaded. Elsewhere than on Linux it does nothing.
    /// </summary>
    public static void Tune()
    {
        if (!OperatingSystem.IsLinux())
            return;
        SleepWhileWaiting();
        KeepMemory();
        SilenceWarnings();
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

    // What libtorch warns of on the standard error stream, such as a processor that a part of it doesn't know, is of use to those who build it.
    private static void SilenceWarnings()
    {
        const int errors = 2; // of glog's levels
        if (!IsUnset("TORCH_CPP_LOG_LEVEL"))
            return;
        string? core = LibrarySearch.NativeFolders(AppContext.BaseDirectory).Select(folder => Path.Combine(folder, "libc10.so")).FirstOrDefault(File.Exists);
        if (core is not null && NativeLibrary.TryLoad(core, out nint library) && NativeLibrary.TryGetExport(library, "FLAGS_caffe2_log_level", out nint level))
            Marshal.WriteInt32(level, errors);
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
