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

    /// <summary>Opens it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static Stream Open(string path)
    {
        if (path == Standard)
            return Console.OpenStandardInput();
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"The input '{path}' doesn't exist.", path, exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"The input '{path}' must not be read by this user.", exception);
        }
    }
}
