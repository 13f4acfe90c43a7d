using System.Text;
using CsCheck;
using MnistAdder.Scoring.Csv;

namespace MnistAdder.Scoring.Tests;

public sealed class Utf8TextReaderTests
{
    private static readonly Gen<byte[]> s_bytes = Gen.OneOf(
        Gen.Byte.Array[0, 40],
        Gen.String[0, 20].Select(Encoding.UTF8.GetBytes),
        Gen.Select(Gen.String[0, 10], Gen.Byte.Array[0, 3], Gen.String[0, 10]).Select(parts =>
            (byte[])[.. Encoding.UTF8.GetBytes(parts.Item1), .. parts.Item2, .. Encoding.UTF8.GetBytes(parts.Item3)]));

    [Fact]
    public void Whatever_the_bytes_and_the_pieces_in_which_they_come_text_is_that_of_the_frameworks_decoder() =>
        Gen.Select(s_bytes, Gen.Int[1, 5], Gen.Int[1, 5]).Sample((bytes, pieceLength, bufferLength) =>
        {
            string expected = Encoding.UTF8.GetString(bytes);
            expected = expected.StartsWith('\uFEFF') ? expected[1..] : expected;
            return Read(bytes, pieceLength, bufferLength).Replace(Utf8TextReader.InvalidMark, '\uFFFD') == expected.Replace(Utf8TextReader.InvalidMark, '\uFFFD');
        });

    [Fact]
    public void Text_has_a_mark_exactly_where_the_bytes_are_not_utf8() => Gen.Select(s_bytes, Gen.Int[1, 5]).Sample((bytes, pieceLength) =>
        Utf8TextReader.HasInvalidMark(Read(bytes, pieceLength, 64)) != IsValid(bytes));

    [Fact]
    public void A_character_whose_second_half_is_the_mark_is_no_mark()
    {
        const string Character = "\U000103FF";
        Assert.Equal(Utf8TextReader.InvalidMark, Character[1]);
        Assert.False(Utf8TextReader.HasInvalidMark(Character));
        Assert.True(Utf8TextReader.HasInvalidMark(Character + Utf8TextReader.InvalidMark));
    }

    [Fact]
    public void What_has_arrived_is_handed_on_before_more_is_asked_for()
    {
        List<string> events = [];
        using var pieces = new Pieces("abcd"u8.ToArray(), 2, () => events.Add("asked"));
        using var reader = new Utf8TextReader(pieces, () => events.Add("told"));
        char[] buffer = new char[16];
        for (int length; (length = reader.Read(buffer, 0, buffer.Length)) > 0;)
            events.Add(new string(buffer, 0, length));
        Assert.Equal(["told", "asked", "ab", "told", "asked", "cd", "told", "asked"], events);
        Assert.Equal(4, reader.BytesRead);
    }

    // Who reads a record of a megabyte begins it anew at each piece: with pieces of one character that would take minutes.
    [Fact]
    public void Invalid_bytes_are_handed_on_as_many_at_a_time_as_there_is_room_for()
    {
        using var reader = new Utf8TextReader(new MemoryStream([.. Enumerable.Repeat((byte)0xFF, 50_000), (byte)'a']), () => { });
        char[] buffer = new char[40_000];
        Assert.Equal(40_000, reader.Read(buffer, 0, buffer.Length));
        Assert.Equal(10_001, reader.Read(buffer, 0, buffer.Length));
        Assert.Equal(0, reader.Read(buffer, 0, buffer.Length));
    }

    private static string Read(byte[] bytes, int pieceLength, int bufferLength)
    {
        using var pieces = new Pieces(bytes, pieceLength, () => { });
        using var reader = new Utf8TextReader(pieces, () => { });
        var text = new StringBuilder();
        char[] buffer = new char[bufferLength];
        for (int length; (length = reader.Read(buffer, 0, buffer.Length)) > 0;)
            text.Append(buffer, 0, length);
        return text.ToString();
    }

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

    private sealed class Pieces(byte[] bytes, int length, Action onRead) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            onRead();
            return base.Read(buffer, offset, Math.Min(count, length));
        }
    }
}
