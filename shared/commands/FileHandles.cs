using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace MnistAdder.Commands;

/// <summary>
/// How many files this process may have open. .NET keeps each assembly open that it loads: where the limit is near, whatever code comes
/// next fails, and there is no telling which. It has to be found out before, with hardly any assembly.
/// </summary>
internal static class FileHandles
{
    private const int StandardError = 2;

    /// <summary>Says on standard error that the limit is too low.</summary>
    /// <param name="least">Files that the program needs.</param>
    /// <returns>Whether it is.</returns>
    public static bool AreTooFew(int least)
    {
        ulong[] limit = new ulong[2]; // what counts, and what it could be raised to
        if (OperatingSystem.IsWindows() || getrlimit(OpenFiles(), limit) != 0 || limit[0] >= (ulong)least)
            return false;
        try
        {
            using var error = new FileStream(new SafeFileHandle(StandardError, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            error.Write(Encoding.UTF8.GetBytes($"error: This program needs {least} files open at once, and may have only {limit[0]} (ulimit -n).\n"));
        }
        catch (IOException)
        {
            // Nobody is told where standard error is closed.
        }

        return true;
    }

    // RLIMIT_NOFILE
    [UnsupportedOSPlatform("windows")]
    private static int OpenFiles() => OperatingSystem.IsMacOS() ? 8 : 7;

    [UnsupportedOSPlatform("windows")]
    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getrlimit(int resource, ulong[] limit);
}
