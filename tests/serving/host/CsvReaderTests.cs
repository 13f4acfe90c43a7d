using System.Text;
using CsCheck;
using MnistAdder.Scoring.Csv;
using Sylvan.Data.Csv;

namespace MnistAdder.Scoring.Tests;

public sealed class CsvReaderTests
{
    private static readonly Gen<byte[]> s_bytes = Gen.OneOf(
        Gen.Byte.Array[0, 40],
        Gen.String[0, 20].Select(Encoding.UTF8.GetBytes),
        Gen.Select(Gen.String[0, 10], Gen.Byte.Array[0, 3], Gen.String[0, 10]).Select(parts =>
            (byte[])[.. Encoding.UTF8.GetBytes(parts.Item1), .. parts.Item2, .. Encoding.UTF8.GetBytes(parts.Item3)]));

    // Characters that CSV cares about are as frequent as others.
    private static readonly Gen<string> s_field = Gen.OneOf(
        OneOf(",", ";", "\t", "\"", "\r", "\n", "\r\n", " ", "é", "数", "\U0001F600"),
        Gen.Char['a', 'z'].Select(letter => letter.ToString())).Array[0, 8].Select(string.Concat);

    // Sylvan.Data.Csv goes by the first line end that it meets, so that a file's others are the same here.
    private static readonly Gen<Table> s_table = Gen.Select(
        s_field.Array[2, 4].Array[1, 6], OneOf(',', ';', '\t'), OneOf("\n", "\r\n", "\r"), Gen.Bool, Gen.Bool, Gen.Int[1, 7]).Select(parts =>
            new Table([.. parts.Item1.Select(row => row.Select(field => field.ReplaceLineEndings(parts.Item3)).ToArray())], parts.Item2, parts.Item3, parts.Item4, parts.Item5, parts.Item6));

    [Fact]
    public void Whatever_is_valid_another_parser_reads_the_same_records() => s_table.Sample(table =>
    {
        using CsvDataReader rival = CsvDataReader.Create(
            new StringReader(table.Text), new CsvDataReaderOptions { Delimiter = table.Delimiter, HasHeaders = false, Comment = '\uDC00' });
        using CsvReader reader = table.Reader();
        while (rival.Read())
        {
            Assert.True(reader.TryRead(out CsvRecord? record));
            Assert.Null(record.Flaw);
            Assert.Equal(Enumerable.Range(0, rival.RowFieldCount).Select(rival.GetString), record.Fields);
        }

        Assert.False(reader.TryRead(out _));
    });

    [Fact]
    public void Reading_from_a_records_offset_goes_on_with_that_record() => s_table.Sample(table =>
    {
        byte[] bytes = Encoding.UTF8.GetBytes(table.Text);
        CsvRecord[] records = [.. Records(table.Reader())];
        Assert.Equal(table.Rows, records.Select(record => record.Fields));
        for (int i = 0; i < records.Length; i++)
        {
            int from = (int)records[i].Offset;
            using var rest = new CsvReader(new MemoryStream(bytes[from..]), "rows.csv", table.Delimiter);
            Assert.Equal(table.Rows[i..], Records(rest).Select(record => record.Fields));
            Assert.Equal(1 + LineEnds(Encoding.UTF8.GetString(bytes, 0, from)), records[i].Line);
        }
    });

    [Fact]
    public void A_record_that_is_taken_back_comes_again_with_another_delimiters_fields() => s_table.Sample(table =>
    {
        using CsvReader reader = table.Reader();
        foreach (string[] row in table.Rows)
        {
            reader.Delimiter = '|';
            Assert.True(reader.TryRead(out CsvRecord? other));
            reader.Unread(other);
            reader.Delimiter = table.Delimiter;
            Assert.True(reader.TryRead(out CsvRecord? record));
            Assert.Equal((other.Line, other.Offset), (record.Line, record.Offset));
            Assert.Equal(row, record.Fields);
        }

        Assert.False(reader.TryRead(out _));
    });

    [Fact]
    public void A_byte_order_mark_counts_in_offsets_and_blank_lines_in_lines()
    {
        using var reader = new CsvReader(new MemoryStream("\uFEFFé,b\r\n\r\n\n\rc,\"d\"\n"u8.ToArray()), "rows.csv");
        Assert.Equal([(1L, 3L), (5L, 13L)], Records(reader).Select(record => (record.Line, record.Offset)));
    }

    [Fact]
    public void Whatever_the_bytes_and_the_pieces_in_which_they_come_text_is_that_of_the_frameworks_decoder() =>
        Gen.Select(s_bytes, Gen.Int[1, 5]).Sample((bytes, pieceLength) =>
        {
            CsvRecord record = Read(Quoted(bytes), pieceLength);
            return record.Fields is [var text] && text == Encoding.UTF8.GetString(bytes).Replace('\0', '\uFFFD');
        });

    [Fact]
    public void A_record_has_a_flaw_exactly_where_the_bytes_are_not_utf8_or_have_a_nul() => Gen.Select(s_bytes, Gen.Int[1, 5]).Sample((bytes, pieceLength) =>
        Read(Quoted(bytes), pieceLength).Flaw == (!IsValid(bytes) ? "the row is not valid UTF-8" : bytes.Contains((byte)0) ? "the row contains a NUL character" : null));

    [Fact]
    public void A_mark_at_the_beginning_is_dropped_however_it_comes_and_one_elsewhere_is_text()
    {
        for (int pieceLength = 1; pieceLength < 5; pieceLength++)
        {
            Assert.Equal(["a"], Read("\uFEFFa"u8.ToArray(), pieceLength).Fields);
            Assert.Equal(["\uFEFFa"], Read("\uFEFF\uFEFFa"u8.ToArray(), pieceLength).Fields);
            Assert.Equal(["\uFFFD"], Read([0xEF, 0xBB], pieceLength).Fields);
            Assert.Equal(["\uFFFDa"], Read([0xEF, 0xBB, (byte)'a'], pieceLength).Fields);
        }
    }

    [Fact]
    public void What_has_arrived_is_handed_on_before_more_is_asked_for()
    {
        List<string> events = [];
        using var pieces = new Pieces("a\nb\nc\nd\n"u8.ToArray(), 4, () => events.Add("asked"));
        using var reader = new CsvReader(pieces, "rows.csv", beforeWaiting: () => events.Add("told"));
        while (reader.TryRead(out CsvRecord? record))
            events.Add(record.Fields[0]);
        Assert.Equal(["told", "asked", "a", "b", "told", "asked", "c", "d", "told", "asked"], events);
    }

    // Who begins a record anew at each piece of it takes minutes for these.
    [Theory]
    [InlineData("\"")]
    [InlineData("")]
    public void A_megabyte_that_comes_in_small_pieces_is_looked_at_once(string quote)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(quote), .. Enumerable.Repeat((byte)0xFF, 1 << 20), .. Encoding.UTF8.GetBytes(quote)];
        CsvRecord record = Read(bytes, 10);
        Assert.Equal([new string('\uFFFD', 1 << 20)], record.Fields);
        Assert.Equal("the row is not valid UTF-8", record.Flaw);
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static byte[] Quoted(byte[] bytes) =>
        [(byte)'"', .. bytes.SelectMany(value => value == '"' ? "\"\""u8.ToArray() : [value]), (byte)'"'];

    private static CsvRecord Read(byte[] bytes, int pieceLength)
    {
        using var reader = new CsvReader(new Pieces(bytes, pieceLength, () => { }), "rows.csv");
        return Assert.Single(Records(reader));
    }

    private static IEnumerable<CsvRecord> Records(CsvReader reader)
    {
        while (reader.TryRead(out CsvRecord? record))
            yield return record;
    }

    private static int LineEnds(string text) => text.ReplaceLineEndings("\n").Count(character => character == '\n');

    private static bool IsValid(byte[] bytes)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>A valid file: its records, and how they are written.</summary>
    private sealed record Table(string[][] Rows, char Delimiter, string LineEnd, bool EndsLastLine, bool QuotesAll, int PieceLength)
    {
        public string Text => string.Join(LineEnd, Rows.Select(row => string.Join(Delimiter, row.Select(Written)))) + (EndsLastLine ? LineEnd : "");

        public CsvReader Reader() => new(new Pieces(Encoding.UTF8.GetBytes(Text), PieceLength, () => { }), "rows.csv", Delimiter);

        private string Written(string field) =>
            QuotesAll || field.AsSpan().IndexOfAny([Delimiter, '"', '\r', '\n']) >= 0 ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
    }

    private sealed class Pieces(byte[] bytes, int length, Action onRead) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            onRead();
            return base.Read(buffer, offset, Math.Min(count, length));
        }
    }
}
