namespace MnistAdder.Serving.Images;

/// <summary>Tells the accepted formats by their first bytes. SkiaSharp knows more (ICO, WBMP, DNG …), which stay outside.</summary>
internal static class ImageSignature
{
    /// <summary>The PNG signature (ISO/IEC 15948, 5.2).</summary>
    public static ReadOnlySpan<byte> Png => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The SOI marker and the beginning of the next (ITU-T T.81, annex B).</summary>
    public static ReadOnlySpan<byte> Jpeg => [0xFF, 0xD8, 0xFF];

    /// <summary>Why the contents can't be an image of an accepted format, or null where they may be one.</summary>
    public static string? Refuse(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty)
            return ImageErrors.Empty;
        bool known = encoded.StartsWith(Png)
            || encoded.StartsWith(Jpeg)
            || encoded.StartsWith("BM"u8)
            || encoded.StartsWith("GIF87a"u8)
            || encoded.StartsWith("GIF89a"u8)
            || (encoded.Length >= 12 && encoded.StartsWith("RIFF"u8) && encoded[8..].StartsWith("WEBP"u8));
        if (known)
            return null;
        return encoded.StartsWith("II*\0"u8) || encoded.StartsWith("MM\0*"u8) ? ImageErrors.Tiff : ImageErrors.UnknownFormat;
    }
}
