using System.Globalization;

namespace MnistAdder;

/// <summary>Files that appear under their name only when they are whole.</summary>
public static class AtomicFile
{
    private const string TemporarySuffix = ".tmp";

    /// <summary>Writes a file beside its final place, flushes it to the disk and renames it; replaces one that is there.</summary>
    /// <param name="path">The file's final path; its folder is made where it is missing.</param>
    /// <param name="write">Writes the contents; when it throws, nothing is left behind and an older file stays as it was.</param>
    /// <exception cref="UnwritableFileException">
    /// The file can't be written (disk full, folder read-only, path is a folder …), or <paramref name="write"/> met an
    /// <see cref="IOException"/>.
    /// </exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string target = Path.GetFullPath(path);
        string temporary = string.Create(CultureInfo.InvariantCulture, $"{target}.{Environment.ProcessId}{TemporarySuffix}");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            try
            {
                using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
                {
                    write(stream);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(temporary, target, overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UnwritableFileException(path, error);
        }
    }

    /// <summary>Writes text as UTF-8 without a byte-order mark.</summary>
    /// <param name="path">The file's final path.</param>
    /// <param name="text">The whole contents.</param>
    /// <exception cref="UnwritableFileException">The file can't be written.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
}
