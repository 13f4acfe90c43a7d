using System.Buffers.Binary;
using MnistAdder.Serving.Images.Png;
using SkiaSharp;

namespace MnistAdder.Serving.Images;

/// <summary>Reads from a file's EXIF data how its image is stored.</summary>
/// <remarks>
/// SkiaSharp 2.88 does so for JPEG and WebP, and passes over PNG's chunk eXIf, which is read here by the same rules: damaged data count
/// as none. ML.NET needs that version; with a later one, a test says when this can go. Sources: PNG, third edition, 11.3.4.5; TIFF 6.0,
/// section 2; CIPA DC-008 (Exif 2.32), tag 0x0112.
/// </remarks>
internal static class ExifOrientation
{
    private const int EntryLength = 12;
    private const ushort Tag = 0x0112;
    private const ushort Short = 3;

    /// <summary>How the image of a file is stored.</summary>
    /// <param name="encoded">The file's contents.</param>
    /// <param name="codec">SkiaSharp's view of it.</param>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> encoded, SKCodec codec) =>
        encoded.StartsWith(ImageSignature.Png) ? OfPng(encoded[ImageSignature.Png.Length..]) : codec.EncodedOrigin;

    // As the decoder does with such chunks, one with a wrong check sum is passed over, and of several the first is taken.
    private static SKEncodedOrigin OfPng(ReadOnlySpan<byte> chunks)
    {
        while (PngChunk.TryRead(ref chunks, out PngChunk chunk) && !chunk.Type.SequenceEqual("IEND"u8))
        {
            if (chunk.Type.SequenceEqual("eXIf"u8) && chunk.IsIntact)
                return OfTiff(chunk.Body);
        }

        return SKEncodedOrigin.Default;
    }

    private static SKEncodedOrigin OfTiff(ReadOnlySpan<byte> tiff)
    {
        // The number 42 behind the byte order isn't looked at.
        bool littleEndian = tiff.StartsWith("II"u8);
        if (tiff.Length < 8 || !(littleEndian || tiff.StartsWith("MM"u8)))
            return SKEncodedOrigin.Default;
        uint start = UInt32(tiff[4..], littleEndian);
        if (start > (uint)(tiff.Length - sizeof(ushort)))
            return SKEncodedOrigin.Default;

        ReadOnlySpan<byte> directory = tiff[(int)start..];
        ReadOnlySpan<byte> entries = directory[sizeof(ushort)..];
        int count = Math.Min(UInt16(directory, littleEndian), entries.Length / EntryLength);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = entries.Slice(i * EntryLength, EntryLength);
            if (UInt16(entry, littleEndian) != Tag || UInt16(entry[2..], littleEndian) != Short || UInt32(entry[4..], littleEndian) != 1)
                continue;
            var origin = (SKEncodedOrigin)UInt16(entry[8..], littleEndian);
            if (origin is >= SKEncodedOrigin.TopLeft and <= SKEncodedOrigin.LeftBottom)
                return origin;
        }

        return SKEncodedOrigin.Default;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool littleEndian) =>
        littleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool littleEndian) =>
        littleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
