using Microsoft.Win32.SafeHandles;
using MnistAdder.Commands;
using MnistAdder.Scoring.Csv;

namespace MnistAdder.Scoring.Output;

/// <summary>Where results go: a file that appears when it is whole, standard output, or a device or named pipe.</summary>
internal static class OutputFile
{
    // EPIPE, ERROR_BROKEN_PIPE and ERROR_NO_DATA: all say that nobody reads standard output, or the named pipe, any more.
    private static readonly int[] s_closed = [32, unchecked((int)0x8007006D), unchecked((int)0x800700E8)];

    /// <summary>Finds what can be found wrong before any work is done.</summary>
    /// <param name="output">The output's path.</param>
    /// <param name="input">The input's path.</param>
    /// <exception cref="IOException">The output can't be written.</exception>
    public static void Check(string output, string input)
    {
        if (output == InputFile.Standard || IsDevice(output))
            return;
        if (Directory.Exists(output))
            throw new IOException($"The output '{output}' is a folder; --output takes a file's name.");
        string target = Target(output);
        string folder = Path.GetDirectoryName(target) ?? target;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The folder of the output '{output}' doesn't exist; make it first.");
        if (input != InputFile.Standard && target == Target(input))
            throw new IOException($"The output '{output}' is the input itself; --output takes another name.");
    }

    /// <summary>Writes the output; a file is there only after success.</summary>
    /// <param name="output">The output's path.</param>
    /// <param name="write">Writes the contents.</param>
    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="OutputClosedException">Nobody reads standard output, or the named pipe, any more.</exception>
    public static void Write(string output, Action<Stream> write)
    {
        try
        {
            if (output == InputFile.Standard)
                WriteStraight(OpenStandard(), write);
            else if (OpenSpecial(output) is { } special)
                WriteStraight(special, write);
            else
                WriteWhole(Target(output), write);
        }
        catch (IOException exception) when (s_closed.Contains(exception.HResult))
        {
            throw new OutputClosedException(exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string name = output == InputFile.Standard ? "Standard output" : $"The output '{output}'";
            string reason = (exception as UnwritableFileException ?? new UnwritableFileException(output, exception)).Reason;
            throw new IOException($"{name} can't be written: {reason}.", exception);
        }
    }

    private static void WriteWhole(string target, Action<Stream> write)
    {
        AtomicFile.RemoveAbandoned(target);
        AtomicFile.Write(target, write);
    }

    private static void WriteStraight(Stream stream, Action<Stream> write)
    {
        using (stream)
            write(stream);
    }

    // The console's own stream takes a closed pipe for success, so that a million rows would be scored for nobody. A file stream says so,
    // but keeps a position of its own in a file, which standard error may be writing to as well.
    private static Stream OpenStandard()
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardOutput();
        var file = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return file.CanSeek ? Console.OpenStandardOutput() : file;
    }

    // What must not be replaced by a file: a device such as /dev/null, or a named pipe, which can't be told before it is open. A file
    // that must not be written isn't replaced either.
    private static FileStream? OpenSpecial(string output)
    {
        string target = IsDevice(output) ? output : Target(output);
        if (!File.Exists(target))
            return null;
        var stream = new FileStream(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        if (IsDevice(output) || !stream.CanSeek)
            return stream;
        stream.Dispose();
        return null;
    }

    private static bool IsDevice(string path)
    {
        string full = Path.GetFullPath(path);
        return full.StartsWith("/dev/", StringComparison.Ordinal) && !full.StartsWith("/dev/shm/", StringComparison.Ordinal);
    }

    // A link stays a link.
    private static string Target(string path)
    {
        try
        {
            return Path.GetFullPath(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return Path.GetFullPath(path);
        }
    }
}
