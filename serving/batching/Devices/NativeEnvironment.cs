using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace MnistAdder.OnnxBatching.Devices;

/// <summary>The environment that native libraries see, which on Unix isn't the one that .NET changes.</summary>
internal static class NativeEnvironment
{
    /// <summary>Sets a variable that isn't set. A library that was loaded earlier may have looked already.</summary>
    [UnsupportedOSPlatform("windows")]
    public static void SetDefault(string name, string value) => _ = setenv(name, value, 0);

    [UnsupportedOSPlatform("windows")]
    [DllImport("libc", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setenv(string name, string value, int overwrite);
}
