using System.Diagnostics;
using System.Globalization;

namespace MnistAdder.Tests.Support;

/// <summary>A file system of a few kilobytes, which can be filled up or made read-only; gone when the test ends.</summary>
internal sealed class SmallDisk : IDisposable
{
    /// <summary>What the smallest file takes; a larger one takes a multiple.</summary>
    public static readonly int Page = Environment.SystemPageSize;

    private SmallDisk(string path, long bytes)
    {
        Path = path;
        Size = bytes;
    }

    public string Path { get; }

    /// <summary>Bytes that all its files can take together.</summary>
    public long Size { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Mounts a disk on a new folder; skips the test where that isn't possible.</summary>
    /// <param name="folder">The folder to make.</param>
    /// <param name="pages">Its size.</param>
    public static SmallDisk MountOrSkip(string folder, int pages)
    {
        Directory.CreateDirectory(folder);
        long size = (long)pages * Page;
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={size}"), "tmpfs", folder),
            "A small file system can't be mounted here (that takes root on Linux).");
        return new SmallDisk(folder, size);
    }

    /// <summary>Fills the disk up with a file of no interest, but for the last few pages.</summary>
    public void FillUpTo(long pagesLeft)
    {
        string filler = this["filler"];
        File.Delete(filler);
        long bytes = new DriveInfo(Path).AvailableFreeSpace - (pagesLeft * Page);
        File.WriteAllBytes(filler, new byte[bytes]);
    }

    public void MakeReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", Path), "The disk could not be made read-only.");

    public void Dispose() => Run("umount", Path);

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
