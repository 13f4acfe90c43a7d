using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;
using MnistAdder.Serving.Images.Png;

namespace MnistAdder.Serving.Images;

/// <summary>Reads a small file whole, with a reason instead of an exception where that fails.</summary>
internal static class ImageFile
{
    // A 28×28 image takes a few hundred bytes: nearly every file fits the first buffer, and its length needn't be asked for.
    private const int FirstBuffer = 16 << 10;

    /// <summary>Reads a file into a buffer from the shared pool, which the caller returns after success.</summary>
    public static bool TryRead(
        string path,
        int limit,
        [NotNullWhen(true)] out byte[]? buffer,
        out int length,
        [NotNullWhen(false)] out string? error)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        length = 0;
        SafeFileHandle? begun = null;
        if (OperatingSystem.IsLinux() && LinuxFile.TryRead(path, rented, PngChunk.End, out length, out begun))
        {
            buffer = rented;
            error = null;
            return true;
        }

        // What may be waited for without end isn't even opened.
        if (FileStatus.Of(path).Kind == FileKind.Other)
        {
            begun?.Dispose();
            ArrayPool<byte>.Shared.Return(rented);
            buffer = null;
            length = 0;
            error = ImageErrors.NotRegular;
            return false;
        }

        try
        {
            using SafeFileHandle file = begun ?? File.OpenHandle(path);
            while (true)
            {
                if (length < rented.Length)
                {
                    int read = RandomAccess.Read(file, rented.AsSpan(length), length);
                    if (read == 0)
                        break;
                    length += read;
                    continue;
                }

                long size = Math.Max(RandomAccess.GetLength(file), length);
                if (size > limit)
                {
                    ArrayPool<byte>.Shared.Return(rented);
                    buffer = null;
                    error = ImageErrors.TooManyBytes(size, limit);
                    return false;
                }

                byte[] larger = ArrayPool<byte>.Shared.Rent(checked((int)size + 1));
                rented.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(rented);
                rented = larger;
            }

            buffer = rented;
            error = null;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            ArrayPool<byte>.Shared.Return(rented);
            buffer = null;
            error = Reason(path, exception);
            return false;
        }
    }

    private static string Reason(string path, Exception exception) => exception switch
    {
        _ when path.Length == 0 => "the path is empty",
        _ when path.Contains('\0') => "the path contains a NUL character",
        FileNotFoundException or DirectoryNotFoundException => "the file is missing",
        PathTooLongException => "the path is too long",
        _ when Directory.Exists(path) => "the path is a folder",
        UnauthorizedAccessException => "access to the file is denied",
        _ => "the file can't be read: " + WithoutPath(exception.Message),
    };

    // .NET's messages end with the path in apostrophes, which the row already shows.
    private static string WithoutPath(string message)
    {
        int at = message.IndexOf(" : '", StringComparison.Ordinal);
        return at < 0 ? message.TrimEnd('.') : message[..at];
    }
}
