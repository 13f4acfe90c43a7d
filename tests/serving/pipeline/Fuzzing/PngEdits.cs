using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MnistAdder.Fuzzing;
using MnistAdder.Serving.Tests.Images.Png;

namespace MnistAdder.Serving.Tests.Fuzzing;

/// <summary>Edits of a PNG file's chunks.</summary>
internal static class PngEdits
{
    private const int Overhead = 12;
    private static readonly string[] s_types = ["IHDR", "IDAT", "PLTE", "tRNS", "gAMA", "sBIT", "acTL", "fcTL", "fdAT", "iCCP", "eXIf", "tEXt", "IEND", "abcD"];

    /// <summary>How every file begins.</summary>
    public static byte[] Signature => PngBytes.Signature;

    /// <summary>Changes the header, the pixels' stream, or the order of chunks; the check sums are right again.</summary>
    public static byte[]? Edit(byte[] file, Mutator mutator)
    {
        List<(string Type, byte[] Body)> chunks = Chunks(file);
        if (chunks.Count == 0)
            return null;
        int at = mutator.Below(chunks.Count);
        (string type, byte[] body) = chunks[at];
        switch (mutator.Below(8))
        {
            case 0:
                chunks.RemoveAt(at);
                break;
            case 1:
                chunks.Insert(mutator.Below(chunks.Count), chunks[at]);
                break;
            case 2:
                chunks[at] = (mutator.OneOf(s_types), body);
                break;
            case 3:
                at = chunks.FindIndex(chunk => chunk.Type == "IDAT");
                if (at >= 0 && Inflate(chunks[at].Body) is { } rows)
                    chunks[at] = ("IDAT", PngBytes.Deflate(ByteEdits.Edit(rows, [rows], mutator), mutator.OneOf([CompressionLevel.Fastest, CompressionLevel.NoCompression])));
                break;
            case 4:
                int cut = mutator.Below(body.Length);
                chunks[at] = (type, body[..cut]);
                chunks.Insert(at + 1, (type, body[cut..]));
                break;
            case 5 when chunks[0].Body.Length >= 13:
                // The numbers of a header that change what all that follows means: depth, colour type, interlacing.
                byte[] header = (byte[])chunks[0].Body.Clone();
                header[mutator.OneOf([8, 9, 12])] = mutator.OneOf<byte>([0, 1, 2, 3, 4, 6, 8, 16]);
                chunks[0] = (chunks[0].Type, header);
                break;
            case 6 when chunks[0].Body.Length > 0:
                chunks[0] = (chunks[0].Type, ByteEdits.WithNumber(chunks[0].Body, mutator.Below(chunks[0].Body.Length), mutator));
                break;
            default:
                chunks[at] = (type, ByteEdits.Edit(body, [body, Signature], mutator));
                break;
        }

        return PngBytes.Join([Signature, .. chunks.Select(chunk => PngBytes.Chunk(chunk.Type, chunk.Body))]);
    }

    /// <summary>Computes every chunk's check sum anew.</summary>
    public static byte[] MendChecks(byte[] file)
    {
        List<(string Type, byte[] Body)> chunks = Chunks(file);
        byte[] mended = PngBytes.Join([Signature, .. chunks.Select(chunk => PngBytes.Chunk(chunk.Type, chunk.Body))]);
        return [.. mended, .. file.AsSpan(Math.Min(file.Length, mended.Length))];
    }

    // Whole chunks only.
    private static List<(string Type, byte[] Body)> Chunks(byte[] file)
    {
        var chunks = new List<(string, byte[])>();
        int at = Signature.Length;
        while (at + Overhead <= file.Length)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > (uint)(file.Length - at - Overhead))
                break;
            chunks.Add((Encoding.Latin1.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + (int)length)]));
            at += Overhead + (int)length;
        }

        return chunks;
    }

    private static byte[]? Inflate(byte[] body)
    {
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(body), CompressionMode.Decompress);
            byte[] rows = new byte[1 << 14];
            int length = zlib.ReadAtLeast(rows, rows.Length, throwOnEndOfStream: false);
            return length == 0 ? null : rows[..length];
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            return null;
        }
    }
}
