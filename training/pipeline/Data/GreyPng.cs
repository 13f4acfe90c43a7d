using SkiaSharp;

namespace MnistAdder.Training.Data;

/// <summary>8-bit grey PNG files.</summary>
internal static class GreyPng
{
    /// <summary>Writes grey levels as a PNG that appears under its name only when it is whole.</summary>
    /// <param name="path">The file's path; its folder is made where it is missing.</param>
    /// <param name="levels">Grey levels in row order, 0 = black.</param>
    /// <param name="width">Width in pixels.</param>
    /// <exception cref="UnwritableFileException">The file can't be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> levels, int width)
    {
        byte[] png = Encode(levels, width);
        AtomicFile.Write(path, stream => stream.Write(png));
    }

    /// <summary>The bytes of a PNG file.</summary>
    /// <param name="levels">Grey levels in row order, 0 = black.</param>
    /// <param name="width">Width in pixels.</param>
    public static unsafe byte[] Encode(ReadOnlySpan<byte> levels, int width)
    {
        var info = new SKImageInfo(width, levels.Length / width, SKColorType.Gray8, SKAlphaType.Opaque);
        fixed (byte* first = levels)
        {
            using var pixels = new SKPixmap(info, (nint)first);
            using SKData png = pixels.Encode(SKEncodedImageFormat.Png, 100);
            return png.ToArray();
        }
    }
}
