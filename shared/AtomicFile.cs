using System.Diagnostics;
using System.Globalization;
using System.IO.Enumeration;

namespace MnistAdder;

/// <summary>Files that appear under their name only when they are whole.</summary>
internal static class AtomicFile
{
    private const string TemporarySuffix = ".tmp";

    /// <summary>Stands in temporary files' names behind the number of the process: several machines or containers may share a folder.</summary>
    internal static string Machine { get; } = string.Concat(Environment.MachineName.Where(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'));

    // As many as Linux follows.
    private const int MostLinks = 40;

    /// <summary>
    /// Writes a file beside its final place, flushes it to the disk and renames it; replaces one that is there. A symbolic link stays one,
    /// and what it leads to is written.
    /// </summary>
    /// <param name="path">The file's final path; its folder is made where it is missing.</param>
    /// <param name="write">Writes the contents; when it throws, nothing is left behind and an older file stays as it was.</param>
    /// <exception cref="UnwritableFileException">
    /// The file can't be written (disk full, folder read-only, path is a folder, a device or a link to itself …), or <paramref name="write"/> met an
    /// <see cref="IOException"/>.
    /// </exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Write(path, stream =>
        {
            write(stream);
            return null;
        });
    }

    /// <summary>The same of a file that gets its name when its contents are known.</summary>
    /// <param name="path">What the file is called until then, and in errors.</param>
    /// <param name="write">Writes the contents, and returns the file's final name in the same folder; null for that of <paramref name="path"/>.</param>
    /// <returns>The full path of the file.</returns>
    /// <exception cref="UnwritableFileException">The file can't be written.</exception>
    public static string Write(string path, Func<Stream, string?> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            // The superuser could replace even /dev/null.
            if (FileStatus.Of(path).Kind == FileKind.Other)
                throw new IOException("it is a pipe, a socket or a device");
            string target = TargetOf(path);
            string temporary = string.Create(CultureInfo.InvariantCulture, $"{target}.{Environment.ProcessId}@{Machine}{TemporarySuffix}"), folder = Path.GetDirectoryName(target)!;
            Directory.CreateDirectory(folder);
            try
            {
                using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
                {
                    if (write(stream) is { } name)
                        target = Path.Combine(folder, name);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(temporary, target, overwrite: true);
                return target;
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
        catch (Exception error) when (UnwritableFileException.IsMeant(error) && error is not UnwritableFileException)
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
    /// Removes what <see cref="Write(string, Action{Stream})"/> left of a file where its process was killed in the middle: temporary files that nobody writes
    /// any more. One that can't be removed is left.
    /// </summary>
    /// <param name="path">The file's final path.</param>
    public static void RemoveAbandoned(string path)
    {
        string target = TargetOf(path), name = Path.GetFileName(target);
        RemoveAbandoned(Path.GetDirectoryName(target)!, final => final == name);
    }

    /// <summary>The same of all files of a folder whose final names match.</summary>
    /// <param name="folder">The folder; nothing happens where it doesn't exist.</param>
    /// <param name="patterns">What the names look like: <c>model.onnx</c>, <c>*.svg</c> …</param>
    public static void RemoveAbandonedIn(string folder, params IReadOnlyList<string> patterns)
    {
        bool IsMeant(string final) => patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, final, ignoreCase: false));
        RemoveAbandoned(folder, IsMeant);
        foreach (FileInfo link in FilesOf(folder).Where(file => file.LinkTarget is not null && IsMeant(file.Name)))
            RemoveAbandoned(link.FullName);
    }

    /// <summary>The file that is written where a path is: at the end of all symbolic links, whether it exists or not.</summary>
    /// <param name="path">The path; that of anything but a link is its own target.</param>
    /// <returns>A full path.</returns>
    /// <exception cref="UnwritableFileException">The links lead back to themselves.</exception>
    public static string TargetOf(string path)
    {
        string full = Path.GetFullPath(path);
        if (LinkTarget(full) is null)
            return full;

        // Name by name, as the system does it: two dots in a link lead out of the folder that the names before them led to.
        string target = Path.GetPathRoot(full)!;
        Stack<string> names = new();
        Add(full);
        for (int links = 0; names.TryPop(out string? name);)
        {
            string next = name == ".." ? Path.GetDirectoryName(target) ?? target : Path.Combine(target, name);
            if (name == ".." || LinkTarget(next) is not { } link)
            {
                target = next;
                continue;
            }

            if (++links > MostLinks)
                throw new UnwritableFileException(path, new IOException("Too many levels of symbolic links"));
            if (Path.IsPathRooted(link))
                target = Path.GetPathRoot(Path.GetFullPath(link))!;
            Add(link);
        }

        return target;

        void Add(string more)
        {
            char[] separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];
            foreach (string name in more[Path.GetPathRoot(more)!.Length..].Split(separators, StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                if (name != ".")
                    names.Push(name);
            }
        }
    }

    private static string? LinkTarget(string path) => new FileInfo(path).LinkTarget;

    private static void RemoveAbandoned(string folder, Func<string, bool> isMeant)
    {
        foreach (string file in FilesOf(folder, $"*{TemporarySuffix}").Select(file => file.FullName))
        {
            string written = Path.GetFileNameWithoutExtension(file);
            if (isMeant(Path.GetFileNameWithoutExtension(written)) && Path.GetExtension(written).TrimStart('.').Split('@') is [var process, var machine]
                && machine == Machine && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && !IsRunning(id))
            {
                TryDelete(file);
            }
        }
    }

    private static IEnumerable<FileInfo> FilesOf(string folder, string pattern = "*") =>
        Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles(pattern) : [];

    private static bool IsRunning(int processId)
    {
        try
        {
            using Process process = Process.GetProcessById(processId);
            return !OperatingSystem.IsLinux() || !IsZombie(processId);
        }
        catch (Exception error) when (error is ArgumentException or IOException)
        {
            return false;
        }
    }

    // One that has ended keeps its number until its parent asks for it, which the first process of a container may never do. The state stands
    // behind the program's name in brackets (proc_pid_stat(5)).
    private static bool IsZombie(int processId)
    {
        string status = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
        return status.AsSpan(status.LastIndexOf(')') + 1).StartsWith(" Z", StringComparison.Ordinal);
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
