using System.IO.Compression;
using System.Text;
using MnistAdder.Fuzzing;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Shards;

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
        using CsvTable table = CsvTable.Open(InputText.Read(file, "file"), "file");
        (long Position, long Line) behindHeader = (table.Position, table.Line);
        List<TextRow> rows = [];
        foreach (TextRow row in table.Rows())
        {
            FuzzException.Require(row.Line > (rows.Count == 0 ? 1 : rows[^1].Line), "The lines' numbers don't rise.");
            FuzzException.Require(row.Flaw is null || row.Flaw.AsSpan().IndexOfAny('\r', '\n') < 0, "A flaw takes more than a line.");
            FuzzException.Require(row.Fields.Count == table.Columns.Count, "A row has another number of fields than the header.");
            FuzzException.Require(row.Description.AsSpan().IndexOfAny('\r', '\n') < 0, "A row's description takes more than a line.");
            rows.Add(row);
        }

        FuzzException.Require(file.BytesRead == input.Length, "The file wasn't read to its end.");
        if (isAsItIs)
            Scan(input, table.Delimiter, behindHeader.Position, behindHeader.Line, rows);
        return true;
    }

    // A plan's scanner sees the same records, or refuses what the reader finds flawed.
    private static void Scan(byte[] input, char delimiter, long position, long line, List<TextRow> rows)
    {
        var cuts = new ShardCuts([input.Length], shards: 3, segmentRows: 1);
        var scanner = new RecordScanner("file", 0, delimiter, position, line, cuts);
        try
        {
            foreach (byte[] piece in input.Skip((int)position).Chunk(1 + (input.Length % 7)))
                scanner.Scan(piece);
            scanner.Complete();
        }
        catch (InvalidDataException)
        {
            FuzzException.Require(rows.Exists(row => row.Flaw is not null), "What has no flaw can't be planned.");
            return;
        }

        Segment[] segments = [.. cuts.Shards.SelectMany(shard => shard)];
        FuzzException.Require(segments.Select(segment => segment.Line).SequenceEqual(rows.Select(row => row.Line)), "A plan has records in other lines.");
        foreach ((Segment segment, TextRow row) in segments.Zip(rows))
        {
            using var reader = new CsvReader(new MemoryStream(input, (int)segment.Offset, (int)segment.Length), "file", delimiter);
            reader.BeginAt(segment.Line);
            var alone = new CsvTable(reader, "file", null, row.Table.Columns, row.Table.Roles);
            TextRow[] read = [.. alone.Rows()];
            FuzzException.Require(read is [var one] && one.Line == row.Line && one.Flaw == row.Flaw && one.Fields.SequenceEqual(row.Fields), "A record is another one by itself.");
        }
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
