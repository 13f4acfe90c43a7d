using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace MnistAdder.Commands;

/// <summary>Which of the three standard streams the program was started with.</summary>
/// <remarks>
/// The descriptor of one that was closed (<c>&lt;&amp;-</c>) belongs to the first file that the .NET runtime opens for itself: whoever reads
/// it waits without end, and whoever writes to it writes there.
/// </remarks>
internal static class StandardStreams
{
    private const int GetFlags = 1, ClosedOnExecution = 1; // F_GETFD and FD_CLOEXEC, the same on every Unix

    /// <summary>Whether there is a standard input.</summary>
    public static bool HasInput { get; } = IsInherited(0);

    /// <summary>Whether there is a standard output.</summary>
    public static bool HasOutput { get; } = IsInherited(1);

    private static readonly string[] s_names = ["/dev/stdin", "/dev/stdout", "/dev/stderr"];
    private static readonly string[] s_folders = ["/dev/fd/", "/proc/self/fd/"];

    private static bool HasError { get; } = IsInherited(2);

    /// <summary>
    /// Puts something in the place of those that are closed: what is said to nobody is dropped, and what should be printed is an error.
    /// </summary>
    public static void ReplaceClosed()
    {
        if (!HasError)
            Console.SetError(TextWriter.Null);
        if (!HasOutput)
            Console.SetOut(new ClosedOutput());
    }

    /// <summary>What printing without a standard output ends with.</summary>
    public static IOException OutputIsClosed() => new("Standard output can't be written: it is closed.");

    /// <summary>Whether a path is the name of a descriptor that the program was started without, such as <c>/dev/fd/7</c> or <c>/dev/stdout</c>.</summary>
    public static bool IsClosed(string path)
    {
        string full = Path.GetFullPath(path);
        int descriptor = Array.IndexOf(s_names, full);
        bool isNamed = descriptor >= 0
            || (s_folders.FirstOrDefault(folder => full.StartsWith(folder, StringComparison.Ordinal)) is { } folder
                && int.TryParse(full[folder.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out descriptor));
        return isNamed && !IsInherited(descriptor);
    }

    // The runtime's own files are closed on execution; one that came through an execution isn't.
    private static bool IsInherited(int descriptor) =>
        OperatingSystem.IsWindows() || fcntl(descriptor, GetFlags) is var flags && flags >= 0 && (flags & ClosedOnExecution) == 0;

    [UnsupportedOSPlatform("windows")]
    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fcntl(int descriptor, int command);

    private sealed class ClosedOutput : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw OutputIsClosed();
    }
}
