using System.Diagnostics;
using System.Globalization;
using System.IO.Enumeration;

namespace MnistAdder;

/// <summary>Files that appear under their name only when they are whole.</summary>
internal static class AtomicFile
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

    /// <summary>
    /// Removes what <see cref="Write"/> left of a file where its process was killed in the middle: temporary files that nobody writes
    /// any more. One that can't be removed is left.
    /// </summary>
    /// <param name="path">The file's final path.</param>
    public static void RemoveAbandoned(string path)
    {
        string target = Path.GetFullPath(path), name = Path.GetFileName(target);
        RemoveAbandoned(Path.GetDirectoryName(target)!, final => final == name);
    }

    /// <summary>The same of all files of a folder whose final names match.</summary>
    /// <param name="folder">The folder; nothing happens where it doesn't exist.</param>
    /// <param name="patterns">What the names look like: <c>model.onnx</c>, <c>*.svg</c> …</param>
    public static void RemoveAbandonedIn(string folder, params IReadOnlyList<string> patterns) =>
        RemoveAbandoned(folder, final => patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, final, ignoreCase: false)));

    private static void RemoveAbandoned(string folder, Func<string, bool> isMeant)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (string file in Directory.EnumerateFiles(folder, $"*{TemporarySuffix}"))
        {
            string written = Path.GetFileNameWithoutExtension(file), process = Path.GetExtension(written).TrimStart('.');
            if (isMeant(Path.GetFileNameWithoutExtension(written))
                && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                && !IsRunning(id))
            {
                TryDelete(file);
            }
        }
    }

    private static bool IsRunning(int processId)
    {
        try
        {
            using Process process = Process.GetProcessById(processId);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    // Whoever writes it on another machine, or in another container, has it locked.
    private static void TryDelete(string file)
    {
        try
        {
            new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }
}
