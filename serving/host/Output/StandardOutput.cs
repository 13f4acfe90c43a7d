using Microsoft.Win32.SafeHandles;

namespace MnistAdder.Scoring.Output;

/// <summary>Standard output as bytes.</summary>
internal static class StandardOutput
{
    // EPIPE, ERROR_BROKEN_PIPE and ERROR_NO_DATA: all say that nobody reads the pipe any more.
    private static readonly int[] s_closed = [32, unchecked((int)0x8007006D), unchecked((int)0x800700E8)];

    /// <summary>Opens it.</summary>
    /// <returns>A stream whose writes fail with an error for which <see cref="IsClosed"/> holds when the reader has gone.</returns>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardOutput();

        // The console's own stream takes a closed pipe for success, so that a million rows would be scored for nobody. A file stream
        // says so, but keeps a position of its own in a file, which standard error may be writing to as well.
        var file = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return file.CanSeek ? Console.OpenStandardOutput() : file;
    }

    /// <summary>Whether an error means that standard output was closed by its reader.</summary>
    public static bool IsClosed(IOException error) => s_closed.Contains(error.HResult);
}
