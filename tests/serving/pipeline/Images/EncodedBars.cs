using System.Buffers.Binary;
using MnistAdder.Serving.Tests.Images.Png;
using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images;

/// <summary>One 28×28 picture, an upright black bar on white, in every format and depth that is accepted.</summary>
internal static class EncodedBars
{
    private const int Side = MnistGeometry.Side;

    // Made with ImageMagick: two frames, the bar upright and then lying.
    private const string AnimatedGif =
        "R0lGODlhHAAcAPABAAAAAP///yH5BAAKAAAAIf8LTkVUU0NBUEUyLjADAQAAACH/C0ltYWdlTWFnaWNrDmdhbW1hPTAuNDU0NTQ1ACwAAAAAHAAcAAACMoyP" +
        "qcvtD6OcCFhA2cVZ7e5dYPKNR2kGqLmOLfh2cTZT9XRLebRD/fNzBBvDlPGIlBQAACH5BAAKAAAAIf8LSW1hZ2VNYWdpY2sOZ2FtbWE9MC40NTQ1NDUALAAA" +
        "AAAcABwAAAIljI+py+0Po5y02ouz3rxPAIbiODLkeZroCqos6sXyTNf2jed5AQA7";

    // Made with ImageMagick: Adobe's inverted CMYK.
    private const string CmykJpeg =
        "/9j/7gAOQWRvYmUAZAAAAAAC/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYICwwLCgwJCgoK/9sA" +
        "QwECAgICAgIFAwMFCgcGBwoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK/8AAFAgAHAAcBAERAAIRAQMRAQQRAP/E" +
        "ABcAAQEBAQAAAAAAAAAAAAAAAAAJCAr/xAAmEAEAAAEKBwAAAAAAAAAAAAAAFQQJChITFBdIhsUZIihCRmJk/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQR" +
        "AQAAAAAAAAAAAAAAAAAAAAD/2gAOBAEAAhEDEQQAAD8A5/wX8AYAnzp87guYXdLuJWJUb82g0Oh9w+KU21pfvSrZd1blA3+AAACANOcyu622ABf4AAAEAac5" +
        "ld1tsAC/wAAAAAAP/9k=";

    /// <summary>The bar's grey levels: black in columns 12 to 15 of rows 4 to 23.</summary>
    public static readonly byte[] Levels =
        [.. Enumerable.Range(0, Side * Side).Select(i => i / Side is >= 4 and <= 23 && i % Side is >= 12 and <= 15 ? (byte)0 : (byte)255)];

    /// <summary>The formats that lose nothing.</summary>
    public static readonly IReadOnlyDictionary<string, byte[]> Lossless = new Dictionary<string, byte[]>
    {
        ["PNG, grey, 8 bits"] = Png(8, 0, level => [level]),
        ["PNG, grey, 16 bits"] = Png(16, 0, level => [level, level]),
        ["PNG, grey, 1 bit"] = PngBits(0),
        ["PNG, palette, 1 bit"] = PngBits(3, PngBytes.Chunk("PLTE", [0, 0, 0, 255, 255, 255])),
        ["PNG, palette, 8 bits"] = PngBytes.File(Side, Side, 8, 3, Rows(level => [(byte)(level & 1)]), false, PngBytes.Chunk("PLTE", [0, 0, 0, 255, 255, 255])),
        ["PNG, colour, 8 bits"] = Png(8, 2, level => [level, level, level]),
        ["PNG, colour, 16 bits"] = Png(16, 2, level => [level, level, level, level, level, level]),
        ["PNG, grey and alpha"] = Png(8, 4, level => [0, (byte)~level]),
        ["PNG, colour and alpha"] = Png(8, 6, level => [0, 0, 0, (byte)~level]),
        ["PNG, one grey transparent"] = PngBytes.File(Side, Side, 8, 0, Rows(level => [(byte)(level & 7)]), false, PngBytes.Chunk("tRNS", [0, 7])),
        ["PNG, interlaced"] = PngBytes.File(Side, Side, 8, 0, PngBytes.Interlace(Levels, Side), interlaced: true),
        ["BMP, 24 bits"] = Bmp(),
        ["GIF, animated"] = Convert.FromBase64String(AnimatedGif),
        ["WebP, lossless"] = Webp(),
    };

    /// <summary>The formats that lose a little.</summary>
    public static readonly IReadOnlyDictionary<string, byte[]> Lossy = new Dictionary<string, byte[]>
    {
        ["JPEG"] = Picture().Encoded(SKEncodedImageFormat.Jpeg, 95),
        ["JPEG, CMYK"] = Convert.FromBase64String(CmykJpeg),
        ["WebP"] = Picture().Encoded(SKEncodedImageFormat.Webp, 95),
    };

    /// <summary>The formats in which EXIF data stand that turn the picture.</summary>
    public static readonly IReadOnlyList<byte[]> Turned =
    [
        WithExif(Lossy["JPEG"], Exif(6, littleEndian: false)),
        PngBytes.File(Side, Side, 8, 0, Rows(level => [level]), false, PngBytes.Chunk("eXIf", Exif(6, littleEndian: true))),
    ];

    /// <summary>The bar for SkiaSharp's encoders; the caller disposes it.</summary>
    public static SKBitmap Picture()
    {
        SKBitmap bitmap = DrawnDigits.Sheet(Side, Side, SKColors.White);
        for (int i = 0; i < Levels.Length; i++)
            bitmap.SetPixel(i % Side, i / Side, new SKColor(Levels[i], Levels[i], Levels[i]));
        return bitmap;
    }

    /// <summary>A JPEG file with a segment of EXIF data.</summary>
    public static byte[] WithExif(byte[] jpeg, byte[] exif) =>
        [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 8), .. "Exif\0\0"u8, .. exif, .. jpeg[2..]];

    /// <summary>EXIF data that say how a picture is to be turned: a TIFF header and a directory of one entry.</summary>
    public static byte[] Exif(int orientation, bool littleEndian) => littleEndian
        ? [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0]
        : [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];

    /// <summary>
    /// A picture without symmetry, dark in the upper left quarter and grey in the upper right one, stored so that the orientation turns it
    /// upright; the caller disposes it.
    /// </summary>
    public static SKBitmap Corner(int orientation)
    {
        SKBitmap stored = DrawnDigits.Sheet(Side, Side, SKColors.White);
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                byte level = y >= 12 ? (byte)255 : x < 12 ? (byte)0 : (byte)128;
                int right = Side - 1 - x, lower = Side - 1 - y;
                (int column, int row) = orientation switch
                {
                    1 => (x, y),
                    2 => (right, y),
                    3 => (right, lower),
                    4 => (x, lower),
                    5 => (y, x),
                    6 => (y, right),
                    7 => (lower, right),
                    _ => (lower, x),
                };
                stored.SetPixel(column, row, new SKColor(level, level, level));
            }
        }

        return stored;
    }

    private static byte[] Png(int bitDepth, int colourType, Func<byte, byte[]> pixel) => PngBytes.File(Side, Side, bitDepth, colourType, Rows(pixel));

    private static byte[] Rows(Func<byte, byte[]> pixel) =>
        [.. Levels.Chunk(Side).SelectMany(row => row.SelectMany(pixel).Prepend((byte)0))];

    private static byte[] PngBits(int colourType, params byte[][] before)
    {
        byte[] rows = [.. Levels.Chunk(Side).SelectMany(row => row.Chunk(8).Select(Pack).Prepend((byte)0))];
        return PngBytes.File(Side, Side, 1, colourType, rows, false, before);

        static byte Pack(byte[] levels) => (byte)levels.Select((level, i) => (level & 1) << (7 - i)).Sum();
    }

    // 14 bytes of file header, 40 of picture header, rows from the bottom up.
    private static byte[] Bmp()
    {
        byte[] file = new byte[54 + (Side * Side * 3)];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        file[10] = 54;
        file[14] = 40;
        file[18] = file[22] = Side;
        file[26] = 1;
        file[28] = 24;
        for (int i = 0; i < Levels.Length; i++)
            file.AsSpan(54 + (3 * (((Side - 1 - (i / Side)) * Side) + (i % Side))), 3).Fill(Levels[i]);
        return file;
    }

    private static byte[] Webp()
    {
        using SKBitmap picture = Picture();
        using SKPixmap pixels = picture.PeekPixels();
        using SKData data = pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 50));
        return data.ToArray();
    }
}
