using MnistAdder.Commands;

namespace MnistAdder.Scoring.Csv;

/// <summary>The file that is scored, or standard input.</summary>
internal static class InputFile
{
    /// <summary>Stands for standard input or output.</summary>
    public const string Standard = "-";

    /// <summary>What messages call it.</summary>
    public static string Name(string path) => path == Standard ? "standard input" : path;

    /// <summary>Where relative image paths begin: the file's folder, or the working directory (<see langword="null"/>).</summary>
    public static string? Folder(string path) =>
        path != Standard && Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : null;

    /// <summary>Opens it. A standard input that was closed is an empty one.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="stop">Ends the waiting for somebody who writes into a named pipe.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Stream Open(string path, CancellationToken stop)
    {
        if (path == Standard)
            return StandardStreams.HasInput ? Console.OpenStandardInput() : Stream.Null;
        if (StandardStreams.IsClosed(path))
            throw new IOException($"The input '{path}' can't be read: it is a closed descriptor.");
        try
        {
            return Interruptible.Call(Open, stop);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"The input '{path}' doesn't exist.", path, exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"The input '{path}' must not be read by this user.", exception);
        }

        catch (IOException exception)
        {
            throw new IOException($"The input '{path}' can't be read: {exception.Message}", exception);
        }

        FileStream Open() => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
    }
}
