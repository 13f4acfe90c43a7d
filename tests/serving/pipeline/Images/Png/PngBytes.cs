using System.Buffers.Binary;
using System.IO.Compression;

namespace MnistAdder.Serving.Tests.Images.Png;

/// <summary>PNG files made byte by byte, so that tests decide on every chunk.</summary>
internal static class PngBytes
{
    public static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>A whole file of one IDAT chunk; the rows carry their filter bytes.</summary>
    public static byte[] File(int width, int height, int bitDepth, int colourType, byte[] rows, bool interlaced = false, params byte[][] before) =>
        Join([Signature, Header(width, height, bitDepth, colourType, interlaced), .. before, Chunk("IDAT", Deflate(rows)), Chunk("IEND", [])]);

    public static byte[] Header(int width, int height, int bitDepth, int colourType, bool interlaced = false)
    {
        byte[] body = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(body, width);
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(4), height);
        body[8] = (byte)bitDepth;
        body[9] = (byte)colourType;
        body[12] = interlaced ? (byte)1 : (byte)0;
        return Chunk("IHDR", body);
    }

    public static byte[] Chunk(string type, byte[] body)
    {
        byte[] chunk = new byte[body.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, body.Length);
        System.Text.Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        body.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Check(chunk.AsSpan(4, body.Length + 4)));
        return chunk;
    }

    public static byte[] Deflate(byte[] data, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var stream = new MemoryStream();
        using (var zlib = new ZLibStream(stream, level))
            zlib.Write(data);
        return stream.ToArray();
    }

    /// <summary>Rows of one byte a pixel with a filter each: the encoder's side of ISO/IEC 15948, 9.2.</summary>
    public static byte[] Filter(byte[] pixels, int width, Func<int, int> filterOfRow)
    {
        int height = pixels.Length / width;
        byte[] rows = new byte[height * (width + 1)];
        for (int y = 0; y < height; y++)
        {
            int filter = filterOfRow(y);
            rows[y * (width + 1)] = (byte)filter;
            for (int x = 0; x < width; x++)
            {
                int left = x > 0 ? pixels[(y * width) + x - 1] : 0;
                int up = y > 0 ? pixels[((y - 1) * width) + x] : 0;
                int corner = x > 0 && y > 0 ? pixels[((y - 1) * width) + x - 1] : 0;
                int predicted = filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) };
                rows[(y * (width + 1)) + 1 + x] = (byte)(pixels[(y * width) + x] - predicted);
            }
        }

        return rows;
    }

    /// <summary>The seven passes of Adam7 (ISO/IEC 15948, 8.2), unfiltered, of a picture of one byte a pixel.</summary>
    public static byte[] Interlace(byte[] pixels, int width)
    {
        (int Left, int Top, int Across, int Down)[] passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
        var rows = new List<byte>();
        foreach ((int left, int top, int across, int down) in passes)
        {
            for (int y = top; y < pixels.Length / width; y += down)
            {
                rows.Add(0);
                for (int x = left; x < width; x += across)
                    rows.Add(pixels[(y * width) + x]);
            }
        }

        return [.. rows];
    }

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    private static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner;
        return new[] { left, up, corner }.MinBy(candidate => Math.Abs(estimate - candidate));
    }

    /// <summary>The cyclic redundancy check of PNG and zip, bit by bit, as the standard defines it.</summary>
    public static uint Check(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
