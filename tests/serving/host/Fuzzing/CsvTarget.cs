using System.IO.Compression;
using System.Text;
using MnistAdder.Fuzzing;
using MnistAdder.Scoring.Csv;

namespace MnistAdder.Scoring.Tests.Fuzzing;

/// <summary>The table of paths and numbers that <c>score</c> reads, in all its forms.</summary>
internal sealed class CsvTarget() : FuzzTarget("csv", new FuzzLimits(ManagedBytes: 32 << 20))
{
    private static readonly byte[][] s_tokens =
    [
        .. new[] { "\"", "\"\"", ",", "\r", "\n", "\r\n", "\n\n", ";", "\t", "\0", "\uFEFF", "\uFFFD", "\U0001F600", "path", "number", ",,,,", "\",\"", "\"\n", "#", "sep=;\n", "sep=", "|" }
            .Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0xED, 0xBF, 0xBF], [0xFF, 0xFE], [0xFE, 0xFF], [0x00, 0xD8], [0xDC, 0x00], [0x1F, 0x8B], [0x2C, 0x00], [0x00, 0x0A],
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            "path,number\na.png,1\nb.png,2\n",
            "\uFEFFnumber,id,path\r\n3,\"x, y\",\"folder/\"\"a\"\".png\"\r\n\r\n4,\"two\r\nlines\",b.png",
            "path,number\rä.png,5\r\U0001F600.png, 6 \r",
            "path,number\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i}.png,{i}\n")),
            "path;number\na.png;1\n\"b;\".png;2\n",
            "sep=\t\r\n Path \tNUMBER\r\na.png\t1\r\n",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("path;number\r\nä.png;5\r\n\U0001F600.png;6\r\n")],
        [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes("sep=,\npath,number\n\"a\nb\",1\n")],
        Compress("path,number\na.png,1\nb.png,2\n"u8),
        [.. Compress([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("path\tnumber\n")]), .. Compress(Encoding.Unicode.GetBytes("a.png\t1\n"))],
    ];

    /// <inheritdoc/>
    public override bool Parse(byte[] input)
    {
        var file = new CountedInput(new MemoryStream(input, writable: false));
        bool isAsItIs = !IsCompressed(input) && !Utf16Input.IsMeant(input, out _);
        using InputTable table = InputTable.Open(InputText.Read(file, "file"), "file");
        long line = 1, offset = 0;
        foreach (CsvRecord row in table.Rows())
        {
            FuzzException.Require(row.Line > line, "The lines' numbers don't rise.");
            FuzzException.Require(row.Flaw is null || row.Flaw.AsSpan().IndexOfAny('\r', '\n') < 0, "A flaw takes more than a line.");
            FuzzException.Require(row.Fields.Length == table.Columns.Count, "A row has another number of fields than the header.");
            FuzzException.Require(table.Describe(row).AsSpan().IndexOfAny('\r', '\n') < 0, "A row's description takes more than a line.");
            FuzzException.Require(
                row.Offset > offset && (!isAsItIs || input[row.Offset - 1] is (byte)'\r' or (byte)'\n'), "A row begins elsewhere than behind a line.");
            (line, offset) = (row.Line, row.Offset);
        }

        FuzzException.Require(file.BytesRead == input.Length, "The file wasn't read to its end.");
        return true;
    }

    /// <inheritdoc/>
    public override byte[]? EditFormat(byte[] input, Mutator mutator)
    {
        if (IsCompressed(input) && Decompress(input) is { } text)
            return Compress(Insert(text, mutator));
        return Insert(input, mutator);
    }

    private static byte[] Insert(byte[] input, Mutator mutator)
    {
        byte[] token = mutator.OneOf(s_tokens);
        if (mutator.OneIn(30))
            token = [.. Enumerable.Repeat(token, 1 << mutator.Below(15)).SelectMany(part => part)];
        return ByteEdits.Insert(input, mutator.Below(input.Length + 1), token);
    }

    private static bool IsCompressed(byte[] input) => input.AsSpan().StartsWith(GzipInput.Magic);

    private static byte[] Compress(ReadOnlySpan<byte> text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
            gzip.Write(text);
        return compressed.ToArray();
    }

    // As much of a damaged one as there is within bounds.
    private static byte[]? Decompress(byte[] input)
    {
        byte[] text = new byte[1 << 20];
        try
        {
            using var gzip = new GZipStream(new MemoryStream(input), CompressionMode.Decompress);
            return text[..gzip.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
