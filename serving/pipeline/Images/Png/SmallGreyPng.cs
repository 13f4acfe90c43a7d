using System.IO.Compression;
using System.Runtime.CompilerServices;

namespace MnistAdder.Serving.Images.Png;

/// <summary>Decodes the PNG files that nearly every row of a large table names: 28×28, 8-bit grey, not interlaced, one IDAT chunk.</summary>
/// <remarks>
/// It never says that a file is bad: whatever isn't plainly such a file, with every check sum right, is left to the full decoder,
/// whose pixels these are.
/// </remarks>
internal static class SmallGreyPng
{
    private const int Side = MnistGeometry.Side;
    private const int RowsLength = Side * (Side + 1);

    // Room behind the rows: zlib's fast loop runs only where the longest match, 258 bytes, would still fit.
    private const int InflateMargin = 512;

    /// <summary>Decodes a file.</summary>
    /// <param name="encoded">The file's contents.</param>
    /// <param name="pixels">Receives 28×28 grey levels; undefined where the answer is <see langword="false"/>.</param>
    /// <returns>Whether the file is of this kind and in order.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> pixels) =>
        encoded.StartsWith(Beginning) && TryFindData(encoded[Beginning.Length..], out ReadOnlySpan<byte> data) && TryDecodeData(data, pixels);

    // Signature and IHDR chunk are the same in every file of this kind.
    private static ReadOnlySpan<byte> Beginning =>
    [
        0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A,
        0, 0, 0, 13, (byte)'I', (byte)'H', (byte)'D', (byte)'R', 0, 0, 0, Side, 0, 0, 0, Side, 8, 0, 0, 0, 0, 0x57, 0x66, 0x80, 0x48,
    ];

    private static bool TryFindData(ReadOnlySpan<byte> chunks, out ReadOnlySpan<byte> data)
    {
        data = default;
        while (PngChunk.TryRead(ref chunks, out PngChunk chunk) && chunk.IsIntact)
        {
            if (chunk.Type.SequenceEqual("IDAT"u8))
            {
                if (!data.IsEmpty)
                    return false;
                data = chunk.Body;
            }
            else if (chunk.Type.SequenceEqual("IEND"u8))
            {
                return chunk.Body.IsEmpty && !data.IsEmpty;
            }
            else if (!IsHarmless(chunk.Type, chunk.Body))
            {
                return false;
            }
        }

        return false;
    }

    // Chunks that change no grey level: resolution, time, text, the news that all eight bits count (SkiaSharp's encoder brings it),
    // and colour spaces, which the full decoder doesn't apply either.
    private static bool IsHarmless(ReadOnlySpan<byte> type, ReadOnlySpan<byte> body) =>
        type.SequenceEqual("pHYs"u8) || type.SequenceEqual("tIME"u8)
        || type.SequenceEqual("tEXt"u8) || type.SequenceEqual("zTXt"u8) || type.SequenceEqual("iTXt"u8)
        || type.SequenceEqual("gAMA"u8) || type.SequenceEqual("sRGB"u8) || type.SequenceEqual("cHRM"u8)
        || (type.SequenceEqual("sBIT"u8) && body.SequenceEqual((ReadOnlySpan<byte>)[8]));

    [SkipLocalsInit]
    private static bool TryDecodeData(ReadOnlySpan<byte> data, Span<byte> pixels)
    {
        Span<byte> rows = stackalloc byte[RowsLength + InflateMargin];
        if (!SmallInflater.TryInflate(data, rows[..RowsLength]) && !TryInflate(data, rows))
            return false;

        Span<byte> nothing = stackalloc byte[Side];
        nothing.Clear();
        ReadOnlySpan<byte> above = nothing;
        for (int y = 0; y < Side; y++)
        {
            ReadOnlySpan<byte> stored = rows.Slice(y * (Side + 1), Side + 1);
            Span<byte> row = pixels.Slice(y * Side, Side);
            if (!ScanlineFilter.TryUndo(stored[0], stored[1..], above, row))
                return false;
            above = row;
        }

        return true;
    }

    // The stream must end, check sum and all, with the last row.
    private static unsafe bool TryInflate(ReadOnlySpan<byte> data, Span<byte> rows)
    {
        fixed (byte* first = data)
        {
            try
            {
                using var source = new WholeStream(first, data.Length);
                using var zlib = new ZLibStream(source, CompressionMode.Decompress);
                return zlib.ReadAtLeast(rows, rows.Length, throwOnEndOfStream: false) == RowsLength && !source.IsCutShort;
            }
            // The second is an internal ZLibException, where the data ask for a dictionary, which PNG forbids.
            catch (Exception exception) when (exception is InvalidDataException or IOException)
            {
                return false;
            }
        }
    }

    // ZLibStream takes the end of its source for the end of the data, wherever that is in the format: data without a final block or a
    // whole check sum inflate without an exception. But only then does it ask for more than there is.
    private sealed unsafe class WholeStream(byte* first, int length) : UnmanagedMemoryStream(first, length)
    {
        public bool IsCutShort { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = base.Read(buffer, offset, count);
            IsCutShort |= read == 0;
            return read;
        }
    }
}
