namespace MnistAdder;

/// <summary>Files whose contents are there: what may keep a reader waiting without end isn't opened.</summary>
internal static class RegularFile
{
    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file's path.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is a named pipe, a socket or a device.</exception>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static FileStream OpenRead(string path) => FileStatus.Of(path).Kind switch
    {
        FileKind.Regular => File.OpenRead(path),
        FileKind.Other => throw new InvalidDataException($"{path} is not a regular file, but a pipe, a socket or a device."),
        _ => throw new FileNotFoundException($"There is no file {path}.", path),
    };
}
