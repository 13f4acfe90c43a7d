using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace MnistAdder.Serving.Images;

/// <summary>
/// Reads a small file by Linux's own calls, without the lock, the length and the handle that .NET's way takes: half the time. It never
/// says what is wrong with a file: whatever can't be read is left to .NET's way, which has the reasons.
/// </summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class LinuxFile
{
    private const int LongestPath = 4096; // PATH_MAX, with the NUL

    // O_RDONLY | O_CLOEXEC | O_NONBLOCK, the same on every processor that .NET runs on. A named pipe would be waited for.
    private const int HowToOpen = 0x80000 | 0x800;

    /// <summary>Reads a file, or as much of it as fits.</summary>
    /// <param name="path">The path.</param>
    /// <param name="buffer">Receives the file's first bytes.</param>
    /// <param name="ending">What a file that came in one piece ends with if it is whole, so that nothing has to be asked for behind it.</param>
    /// <param name="length">How many they are; 0 where the file can't be read.</param>
    /// <param name="rest">Stands behind them where the buffer is full; the caller disposes of it.</param>
    /// <returns>Whether the file was read to its end, and wasn't empty, as a device may seem.</returns>
    public static bool TryRead(string path, Span<byte> buffer, ReadOnlySpan<byte> ending, out int length, out SafeFileHandle? rest)
    {
        length = 0;
        rest = null;
        // .NET takes "folder/../" away before it opens a file, which is another file where the folder is a link.
        if (path.Contains("..", StringComparison.Ordinal) || path.Contains('\0'))
            return false;
        int file = Open(path);
        if (file < 0)
            return false;

        fixed (byte* first = buffer)
        {
            // At an offset, which only files have: pipes, sockets and terminals refuse it, without another call that asks what this is.
            nint read;
            while ((read = Read(file, first + length, buffer.Length - length, length)) > 0)
            {
                length += (int)read;
                if (length < buffer.Length)
                {
                    if (!buffer[..length].EndsWith(ending))
                        continue;
                    read = 0;
                    break;
                }

                rest = new SafeFileHandle(file, ownsHandle: true);
                return false;
            }

            _ = Close(file);
            if (read == 0 && length > 0)
                return true;
            length = 0;
            return false;
        }
    }

    [SkipLocalsInit]
    private static int Open(string path)
    {
        Span<byte> encoded = stackalloc byte[LongestPath];
        if (!Encoding.UTF8.TryGetBytes(path, encoded[..^1], out int length))
            return -1;
        encoded[length] = 0;
        fixed (byte* first = encoded)
            return Open(first, HowToOpen);
    }

    [LibraryImport("libc", EntryPoint = "open"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "pread"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Read(int file, byte* buffer, nint count, nint offset);

    [LibraryImport("libc", EntryPoint = "close"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int file);
}
