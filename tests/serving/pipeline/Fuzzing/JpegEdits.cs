using System.Buffers.Binary;
using MnistAdder.Fuzzing;

namespace MnistAdder.Serving.Tests.Fuzzing;

/// <summary>Edits of a JPEG file's segments (ITU-T T.81, annex B).</summary>
internal static class JpegEdits
{
    private const byte StartOfScan = 0xDA;
    private const int Blocks = 16;
    private static readonly byte[] s_frames = [0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC9, 0xCA, 0xDB, 0xDD, 0xE1, 0xE2, 0xEE];

    /// <summary>A dark block among grey ones, in two progressive scans: SkiaSharp's encoder writes only baseline files.</summary>
    public static byte[] Progressive { get; } =
    [
        0xFF, 0xD8,
        .. Segment(0xDB, [0, .. Enumerable.Repeat((byte)8, 64)]),
        .. Segment(0xC2, [8, 0, MnistGeometry.Side, 0, MnistGeometry.Side, 1, 1, 0x11, 0]),
        .. Segment(0xC4, [0x00, 1, 1, .. new byte[14], 0, 7]),           // DC: no change is 0, seven bits of change are 10
        .. Segment(StartOfScan, [1, 1, 0x00, 0, 0, 0]), .. DcData(),
        .. Segment(0xC4, [0x10, 1, .. new byte[15], 0x40]),              // AC: 0 ends this block and as many as four bits say
        .. Segment(StartOfScan, [1, 1, 0x00, 1, 63, 0]), 0x07,
        0xFF, 0xD9,
    ];

    /// <summary>Changes, doubles, moves or removes a segment.</summary>
    public static byte[]? Edit(byte[] file, Mutator mutator)
    {
        List<Range> segments = Segments(file);
        if (segments.Count == 0)
            return null;
        (int at, int length) = mutator.OneOf(segments).GetOffsetAndLength(file.Length);
        byte[] segment = file[at..(at + length)];
        int elsewhere = mutator.OneOf(segments).GetOffsetAndLength(file.Length).Offset;
        switch (mutator.Below(6))
        {
            case 0:
                return [.. file.AsSpan(0, at), .. file.AsSpan(at + length)];
            case 1:
                return ByteEdits.Insert(file, elsewhere, segment);
            case 2:
                return ByteEdits.Insert(file, at, [.. Enumerable.Repeat(segment, 1 + mutator.Below(150)).SelectMany(part => part)]);
            case 3:
                byte[] other = (byte[])file.Clone();
                other[at + 1] = mutator.OneOf(s_frames);
                return other;
            default:
                return ByteEdits.WithNumber(file, at + mutator.Below(length), mutator);
        }
    }

    private static byte[] Segment(byte marker, byte[] body) => [0xFF, marker, (byte)((body.Length + 2) >> 8), (byte)(body.Length + 2), .. body];

    // The sixth block is darker by a hundred steps, and the next as light as those before.
    private static byte[] DcData()
    {
        string bits = string.Concat(Enumerable.Range(0, Blocks).Select(block => block switch { 5 => "100011011", 6 => "101100100", _ => "0" }));
        return [.. bits.Chunk(8).Select(part => Convert.ToByte(new string(part).PadRight(8, '1'), 2))];
    }

    private static List<Range> Segments(byte[] file)
    {
        var segments = new List<Range>();
        int at = 2;
        while (at + 4 <= file.Length && file[at] == 0xFF)
        {
            int end = at + 2 + BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(at + 2));
            if (end > file.Length)
                break;
            segments.Add(at..end);

            // A scan's data follow it, up to the next marker that isn't a restart.
            bool isScan = file[at + 1] == StartOfScan;
            at = end;
            while (isScan && at + 1 < file.Length && (file[at] != 0xFF || file[at + 1] is 0 or (>= 0xD0 and <= 0xD7)))
                at++;
        }

        return segments;
    }
}
