using System.Globalization;
using MnistAdder.Training.Base;

namespace MnistAdder.Training.Output;

/// <summary>A folder that one trainer has to itself until it is disposed, or its process ends in whatever way.</summary>
/// <remarks>
/// Each trainer holds a file of its own, <c>.trainer-PID.lock</c>, under a lock of the operating system's, which goes with the process.
/// The process stands in the name, since a locked file's contents can't be read, and a file that nobody else has can be deleted at
/// the end without a race.
/// </remarks>
internal sealed class FolderLock : IDisposable
{
    private const string Prefix = ".trainer-", Suffix = ".lock";
    private const int Attempts = 4;
    private const int ShortestPause = 20, LongestPause = 200;

    private readonly string _folder;
    private readonly bool _madeFolder;
    private readonly FileStream _file;

    private FolderLock(string folder, bool madeFolder, FileStream file)
    {
        _folder = folder;
        _madeFolder = madeFolder;
        _file = file;
    }

    /// <summary>Takes the folder, which is made where it is missing.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="TrainingException">Another trainer has it; the message names its process.</exception>
    /// <exception cref="UnwritableFileException">The folder can't be made or written.</exception>
    public static FolderLock Take(string folder)
    {
        // Of two that begin at the same moment each may see the other and stand back: they try again after pauses of unequal length.
        for (int attempt = 1; ; attempt++)
        {
            int other;
            try
            {
                if (TryTake(folder, out other) is { } taken)
                    return taken;
            }
            catch (Exception error) when (error is IOException and not UnwritableFileException or UnauthorizedAccessException)
            {
                throw new UnwritableFileException(folder, error);
            }

            if (attempt == Attempts)
                throw new TrainingException($"{folder} is in use by another trainer (process {other}); wait for it or choose another --output.");
            Thread.Sleep(Random.Shared.Next(ShortestPause, LongestPause));
        }
    }

    /// <summary>Gives the folder back, and removes it where it was made for nothing.</summary>
    public void Dispose()
    {
        _file.Dispose();
        if (_madeFolder && !Directory.EnumerateFileSystemEntries(_folder).Any())
            Directory.Delete(_folder);
    }

    private static FolderLock? TryTake(string folder, out int other)
    {
        bool makesFolder = !Directory.Exists(folder);
        Directory.CreateDirectory(AtomicFile.TargetOf(folder)); // a link's target may be missing
        string own = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}{Suffix}"));
        other = Environment.ProcessId;
        if (TryOpen(own, FileMode.OpenOrCreate) is not { } file)
            return null;
        var taken = new FolderLock(folder, makesFolder, file);
        foreach (string found in Directory.GetFiles(folder, $"{Prefix}*{Suffix}"))
        {
            string name = Path.GetFileName(found)[Prefix.Length..^Suffix.Length];
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int process) || process == Environment.ProcessId)
                continue;
            TryOpen(found, FileMode.Open)?.Dispose(); // deletes what a killed trainer left
            if (File.Exists(found))
            {
                other = process;
                taken.Dispose();
                return null;
            }
        }

        return taken;
    }

    // Null where another holds it, or where it has just gone.
    private static FileStream? TryOpen(string path, FileMode mode)
    {
        try
        {
            return new FileStream(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (IOException error) when (IsHeld(error))
        {
            return null;
        }
    }

    // EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsHeld(IOException error) => (error.HResult & 0xffff) is 11 or 35 or 32;
}
