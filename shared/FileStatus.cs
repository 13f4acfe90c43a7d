using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace MnistAdder;

/// <summary>What a path leads to, symbolic links followed, found out without opening it.</summary>
/// <remarks>Elsewhere than on Linux a pipe or a device counts as a regular file, and a file's hard links as different files.</remarks>
/// <param name="Kind">What it is.</param>
/// <param name="Identity">Which one it is; meaningless where nothing is there.</param>
internal readonly record struct FileStatus(FileKind Kind, FileIdentity Identity)
{
    /// <summary>Looks at a path.</summary>
    public static FileStatus Of(string path)
    {
        if (path.Length == 0 || path.Contains('\0'))
            return default;
        // As .NET opens it: two dots take a name away, even that of a link.
        string full = Path.GetFullPath(path);
        return OperatingSystem.IsLinux() && LinuxStatus.TryGet(full, out FileStatus status) ? status : OfTarget(full);
    }

    private static FileStatus OfTarget(string path)
    {
        try
        {
            string target = AtomicFile.TargetOf(path);
            FileKind kind = Directory.Exists(target) ? FileKind.Folder : File.Exists(target) ? FileKind.Regular : FileKind.Missing;
            return new FileStatus(kind, new FileIdentity(0, 0, target));
        }
        catch (UnwritableFileException)
        {
            return default; // a link to itself
        }
    }

    [SupportedOSPlatform("linux")]
    private static class LinuxStatus
    {
        // The numbers and places of linux/fcntl.h and linux/stat.h, which are the same on every processor.
        private const int WorkingFolder = -100, FollowLinks = 0, Length = 256;
        private const uint BasicStatus = 0x7ff;
        private const int NotPermitted = 1, NotImplemented = 38; // EPERM, which sandboxes that don't know the call answer, and ENOSYS
        private const int Mode = 28, Inode = 32, DeviceMajor = 136, DeviceMinor = 140;
        private const int KindOfMode = 0xf000, Regular = 0x8000, Folder = 0x4000;

        public static bool TryGet(string path, out FileStatus status)
        {
            status = default;
            byte[] found = new byte[Length];
            try
            {
                if (statx(WorkingFolder, path, FollowLinks, BasicStatus, found) != 0)
                    return Marshal.GetLastPInvokeError() is not (NotPermitted or NotImplemented); // nothing is there
            }
            catch (EntryPointNotFoundException)
            {
                return false; // a C library from before 2018
            }

            FileKind kind = (BitConverter.ToUInt16(found, Mode) & KindOfMode) switch
            {
                Regular => FileKind.Regular,
                Folder => FileKind.Folder,
                _ => FileKind.Other,
            };
            ulong device = ((ulong)BitConverter.ToUInt32(found, DeviceMajor) << 32) | BitConverter.ToUInt32(found, DeviceMinor);
            status = new FileStatus(kind, new FileIdentity(device, BitConverter.ToUInt64(found, Inode), null));
            return true;
        }

        [DllImport("libc", CharSet = CharSet.Ansi, SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int statx(int folder, string path, int flags, uint mask, byte[] status);
    }
}

/// <summary>What there is at a path.</summary>
internal enum FileKind
{
    /// <summary>Nothing, or nothing that this user can see.</summary>
    Missing,

    /// <summary>A file with contents of a certain length.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A named pipe, a socket or a device: reading or even opening it may wait without end.</summary>
    Other,
}

/// <summary>A file itself, whatever the path that leads to it: two that are equal are the same file.</summary>
/// <param name="Device">The file system's device.</param>
/// <param name="Inode">The file's number on it.</param>
/// <param name="Path">The path in their place, where the system doesn't tell them.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, string? Path);
