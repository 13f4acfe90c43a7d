using System.IO.Compression;
using System.Text;
using CsCheck;
using MnistAdder.Commands;
using MnistAdder.Scoring.Csv;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.Scoring.Tests;

public sealed class InputTextTests : IDisposable
{
    private static readonly Encoding[] s_encodings =
    [
        new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
        new UnicodeEncoding(bigEndian: false, byteOrderMark: true), new UnicodeEncoding(bigEndian: true, byteOrderMark: true),
    ];

    private static readonly Gen<string> s_field = Gen.OneOf(
        Gen.Int[0, 9].Select(index => ((string[])[",", ";", "\t", "\"", "\r\n", " ", "é", "数", "\U0001F600", "\uFEFF"])[index]),
        Gen.Char['a', 'z'].Select(letter => letter.ToString())).Array[0, 8].Select(string.Concat);

    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Whatever_separates_encodes_and_compresses_a_table_its_rows_are_the_same() => Gen.Select(
        s_field.Array[3].Array[0, 6], Gen.Int[0, 2], Gen.Int[0, s_encodings.Length - 1], Gen.Int[0, 3], Gen.Bool, Gen.Int[1, 9]).Sample((rows, separator, encoding, members, named, pieceLength) =>
    {
        char delimiter = ",;\t"[separator];
        string text = (named ? $"sep={delimiter}\r\n" : "") + string.Concat(
            rows.Prepend(["path", "note", "number"]).Select(row => string.Join(delimiter, row.Select(field => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) + "\r\n"));
        byte[] bytes = [.. s_encodings[encoding].GetPreamble(), .. s_encodings[encoding].GetBytes(text)];
        TextRow[] records = Records(members == 0 ? bytes : [.. bytes.Chunk((bytes.Length / members) + 1).SelectMany(Gzip)], pieceLength);
        Assert.All(records, record => Assert.Null(record.Flaw));
        Assert.Equal(rows, records.Select(record => record.Fields));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_no_text_in_utf16_spoils_its_row_alone(bool bigEndian)
    {
        var encoding = new UnicodeEncoding(bigEndian, byteOrderMark: true);
        byte[] csv = [.. encoding.GetPreamble(), .. encoding.GetBytes("path;number\n1.bmp;1\n"), .. Units(0xD83D), .. encoding.GetBytes(";2\n"), .. Units(0xDE00, 0xD83D, 0xD83D, 0xDE00),
            .. encoding.GetBytes(";3\na\0;4\n2.bmp;2\n"), .. Units('x', 0xD83D), 0x41];
        (CommandLineRun run, string[] lines) = _folder.Score(csv);
        Assert.Equal(ExitCodes.DoneWithBadRows, run.ExitCode);
        Assert.Equal(
            [
                "1.bmp,1,1,1,2,1,,",
                "\uFFFD,2,,,,,the row is not valid UTF-16,",
                "\uFFFD\uFFFD\U0001F600,3,,,,,the row is not valid UTF-16,",
                "a\uFFFD,4,,,,,the row contains a NUL character,",
                "2.bmp,2,2,1,4,1,,",
                "x\uFFFD\uFFFD,,,,,,the row is not valid UTF-16,",
                "",
            ],
            lines[1..]);

        byte[] Units(params int[] units) => [.. units.SelectMany(unit => (byte[])(bigEndian ? [(byte)(unit >> 8), (byte)unit] : [(byte)unit, (byte)(unit >> 8)]))];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Utf16_without_a_mark_is_told_by_its_first_characters(bool bigEndian)
    {
        byte[] text = new UnicodeEncoding(bigEndian, byteOrderMark: false).GetBytes("path,number\nnaïve,1\n");
        Assert.Equal(["naïve", "1"], Assert.Single(Records(text)).Fields);
        Assert.Equal(["naïve", "1"], Assert.Single(Records(Gzip(text))).Fields);
    }

    [Theory]
    [InlineData("PK\u0003\u0004\u0014\0", "rows.csv is a zip archive (.xlsx and .ods are such), and no table; save it as CSV in UTF-8.")]
    [InlineData("\u00D0\u00CF\u0011\u00E0\u00A1\u00B1", "an Office document")]
    [InlineData("\u0089PNG\r\n\u001A\n", "a PNG picture")]
    [InlineData("\u00FD7zXZ\0", "compressed with xz")]
    [InlineData("\u0008\u0008\u0012\u0007", "an ONNX model")]
    [InlineData("\u00FF\u00FE\0\0p\0\0\0", "UTF-32")]
    [InlineData("\0\0\0p\0\0\0a", "UTF-32")]
    public void What_is_no_text_is_named(string latin1, string expected)
    {
        Assert.Contains(expected, Error(Encoding.Latin1.GetBytes(latin1)), StringComparison.Ordinal);
        Assert.Contains(expected, Error(Gzip(Encoding.Latin1.GetBytes(latin1))), StringComparison.Ordinal);
    }

    [Fact]
    public void Utf16_of_any_units_is_read_as_the_framework_decodes_it() =>
        Gen.Select(Gen.OneOf(Gen.Int[0xD7FE, 0xE001], Gen.Int['a', 'c'], Gen.Int[0x7E, 0x81], Gen.Int[0x7FE, 0x801]).Array[0, 40], Gen.Bool, Gen.Int[1, 9]).Sample((units, bigEndian, pieceLength) =>
        {
            byte[] bytes = [.. units.SelectMany(unit => (byte[])(bigEndian ? [(byte)(unit >> 8), (byte)unit] : [(byte)unit, (byte)(unit >> 8)]))];
            using var reader = new StreamReader(new Utf16Input(new Pieces(bytes, pieceLength), bigEndian), new UTF8Encoding(false));
            Assert.Equal(new UnicodeEncoding(bigEndian, false).GetString(bytes), reader.ReadToEnd());
        });

    [Fact]
    public void Text_longer_than_every_buffer_is_read_whole()
    {
        string note = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i}é数\U0001F600"));
        foreach (Encoding encoding in s_encodings)
        {
            byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes($"path,number,note\na,1,{note}")];
            Assert.Equal(note, Assert.Single(Records(bytes)).Fields[2]);
            Assert.Equal(note, Assert.Single(Records(Gzip(bytes))).Fields[2]);
        }
    }

    [Fact]
    public void A_compressed_file_is_known_by_its_content()
    {
        (CommandLineRun run, string[] lines) = _folder.Score(Gzip("path,number\n3.bmp,4\n"u8.ToArray()));
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Equal(["path,number," + ScoredTable.Results, "3.bmp,4,3,1,7,1,,", ""], lines);
    }

    [Fact]
    public void What_was_read_is_counted_as_it_is_in_the_file()
    {
        byte[] file = Gzip(Encoding.UTF8.GetBytes("path,number\n" + new string('x', 1 << 20)));
        var counted = new CountedInput(new MemoryStream(file));
        using CsvTable table = CsvTable.Open(InputText.Read(counted, "rows.csv"), "rows.csv");
        Assert.Single(table.Rows());
        Assert.Equal(file.Length, counted.BytesRead);
    }

    [Fact]
    public void A_compressed_file_that_is_cut_off_anywhere_says_so()
    {
        byte[] member = Gzip("path,number\nx,1\n"u8.ToArray()), file = [.. member, .. Gzip("y,2\n"u8.ToArray())];
        for (int length = 2; length < file.Length; length++)
        {
            if (length != member.Length)
                Assert.Equal("rows.csv is compressed with gzip and can't be read to its end: it is cut off.", Error(file[..length]));
        }
    }

    [Fact]
    public void A_compressed_file_that_is_damaged_anywhere_gives_an_error_or_the_same_rows()
    {
        byte[] file = Gzip("path,number\nx,1\nyy,2\n"u8.ToArray());
        for (int at = 2; at < file.Length; at++)
        {
            byte[] damaged = [.. file];
            damaged[at] ^= 0x55;
            try
            {
                Assert.Equal(["x", "1", "yy", "2"], Records(damaged).SelectMany(record => record.Fields));
            }
            catch (InvalidDataException exception)
            {
                Assert.StartsWith("rows.csv is compressed with gzip and can't be read to its end: it is ", exception.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("xyz")]
    [InlineData("\0")]
    public void What_follows_a_compressed_file_is_not_dropped_in_silence(string tail) => Assert.Equal(
        "rows.csv is compressed with gzip and can't be read to its end: something else follows it.",
        Error([.. Gzip("path,number\nx,1\n"u8.ToArray()), .. Encoding.UTF8.GetBytes(tail)]));

    [Fact]
    public void Rows_before_the_damage_come_first()
    {
        byte[] file = Gzip(Encoding.UTF8.GetBytes("path,number\nx.bmp,1\n" + new string('y', 100_000)));
        Assert.Contains("line 2: the file is missing", _folder.Refused(file[..^20], "--on-error", "fail"), StringComparison.Ordinal);
        Assert.EndsWith(" is compressed with gzip and can't be read to its end: it is cut off." + Environment.NewLine, _folder.Refused(file[..^20]), StringComparison.Ordinal);
    }

    [Fact]
    public void Compressed_twice_is_said() =>
        Assert.Equal("rows.csv is compressed with gzip twice; decompress it once.", Error(Gzip(Gzip("path,number\n"u8.ToArray()))));

    [Fact]
    public void What_decompresses_to_a_gigabyte_is_refused_in_the_memory_of_one_record()
    {
        byte[] megabyte = Gzip(new byte[1 << 20]);
        byte[] bomb = [.. Gzip("path,number\n"u8.ToArray()), .. Enumerable.Repeat(megabyte, 1024).SelectMany(member => member)];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("line 2: the record is longer than 16777216 characters", Error(bomb), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 << 20);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE })]
    [InlineData(new byte[] { 0xFE, 0xFF })]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF })]
    public void A_mark_alone_is_an_empty_file(byte[] mark)
    {
        Assert.Contains("line 1: the file is empty", Error(mark), StringComparison.Ordinal);
        Assert.Contains("line 1: the file is empty", Error(Gzip(mark)), StringComparison.Ordinal);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return compressed.ToArray();
    }

    private static string Error(byte[] bytes) => Assert.Throws<InvalidDataException>(() => Records(bytes)).Message;

    private static TextRow[] Records(byte[] bytes, int pieceLength = int.MaxValue)
    {
        using CsvTable table = CsvTable.Open(InputText.Read(new CountedInput(new Pieces(bytes, pieceLength)), "rows.csv"), "rows.csv");
        return [.. table.Rows()];
    }

    private sealed class Pieces(byte[] bytes, int length) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, length));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, length)]);
    }
}
