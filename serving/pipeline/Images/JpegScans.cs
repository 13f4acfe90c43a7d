using System.Buffers.Binary;

namespace MnistAdder.Serving.Images;

/// <summary>Counts the passes that a progressive JPEG makes over its image.</summary>
/// <remarks>
/// A pass that changes nothing takes a few bytes and yet costs time in proportion to the image: a small file could keep a
/// processor busy for minutes. Photos have about ten. Source: ITU-T T.81, annex B.
/// </remarks>
internal static class JpegScans
{
    /// <summary>The most passes that are accepted.</summary>
    public const int Most = 100;

    private const byte StartOfScan = 0xDA;
    private const byte EndOfImage = 0xD9;

    /// <summary>Counts the start-of-scan markers up to the end of the image; a file of another format has none.</summary>
    public static int Count(ReadOnlySpan<byte> encoded)
    {
        if (!encoded.StartsWith(ImageSignature.Jpeg))
            return 0;
        int scans = 0;
        ReadOnlySpan<byte> rest = encoded[2..];
        while (true)
        {
            // Between segments, and in a scan's data, all up to the next marker is passed over.
            int at = rest.IndexOf((byte)0xFF);
            if (at < 0 || at + 4 > rest.Length || rest[at + 1] == EndOfImage)
                return scans;
            byte marker = rest[at + 1];
            if (marker == 0xFF)
            {
                rest = rest[(at + 1)..];
                continue;
            }

            bool standsAlone = marker is 0x00 or 0x01 or (>= 0xD0 and <= 0xD8);
            int length = standsAlone ? 0 : BinaryPrimitives.ReadUInt16BigEndian(rest[(at + 2)..]);
            if (marker == StartOfScan)
                scans++;
            rest = rest[Math.Min(rest.Length, at + 2 + length)..];
        }
    }
}
