using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace MnistAdder.Scoring.Csv;

/// <summary>One record of a CSV file.</summary>
/// <param name="Line">The line that it begins in, from 1.</param>
/// <param name="Offset">The byte of the reader's stream that it begins at, from 0.</param>
/// <param name="Fields">
/// Its values, without quotes. Where <paramref name="Flaw"/> is set, U+FFFD stands for what can't be text, and a field with a malformed quote
/// is as the file has it, quotes and all.
/// </param>
/// <param name="Flaw">Why it can't be used; <see langword="null"/> where it can.</param>
internal sealed record CsvRecord(long Line, long Offset, string[] Fields, string? Flaw);

/// <summary>Reads the records of an RFC 4180 file one after the other, with the places where they begin; blank lines are skipped.</summary>
/// <remarks>
/// What separates is found in the bytes, since no longer character of UTF-8 has an ASCII byte in it, and fields become text afterwards.
/// A line ends with LF, CR LF or CR. A byte-order mark at the beginning is dropped. Memory is bounded by the longest record.
/// A malformed quote is a flaw of its record, which then ends at that line's end: of the fields behind it only those are taken for quoted
/// that are closed in the line. A quote that nothing closes leaves no record to go on with.
/// </remarks>
internal sealed class CsvReader : IDisposable
{
    /// <summary>The most fields that a record may have: as many columns as a spreadsheet has.</summary>
    public const int MostFields = 16_384;

    /// <summary>Characters that a record may have: a quote that is never closed must not read the rest of the file into memory.</summary>
    public const int LongestRecord = 16 << 20;

    private const string MalformedQuote = "a quote is malformed: a field with quotes is quoted as a whole and each quote in it doubled (RFC 4180)";

    private const byte Quote = (byte)'"';

    private readonly Stream _stream;
    private readonly string _name;
    private readonly string _encoding;
    private readonly Action _beforeWaiting;
    private readonly List<(int Start, int End, bool IsQuoted)> _fields = []; // counted from the record's beginning

    private byte _delimiter;
    private SearchValues<byte> _ends; // what a field without quotes may not have in it
    private byte[] _bytes = new byte[64 << 10];
    private int _start; // of the record, once the lines before it are skipped
    private int _end;
    private bool _atBeginning = true;
    private bool _atEnd;
    private bool _afterReturn; // a LF that comes next ends no other line
    private bool _hasQuoted; // without which the record has no line ends in it
    private bool _misquoted;
    private long _bytesRead;

    /// <summary>Takes over a stream.</summary>
    /// <param name="stream">UTF-8; disposed with the reader. Another encoding is one for a stream in between that decodes it.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="delimiter">What stands between fields, ASCII.</param>
    /// <param name="beforeWaiting">Called before the stream is asked for more, which may take its time.</param>
    /// <param name="encoding">What messages call the encoding that the file itself has.</param>
    public CsvReader(Stream stream, string name, char delimiter = ',', Action? beforeWaiting = null, string encoding = "UTF-8")
    {
        _stream = stream;
        _name = name;
        _encoding = encoding;
        Delimiter = delimiter;
        _beforeWaiting = beforeWaiting ?? (() => { });
    }

    /// <summary>What stands between the fields of the next record, ASCII.</summary>
    public char Delimiter
    {
        get => (char)_delimiter;
        [MemberNotNull(nameof(_ends))]
        set
        {
            _delimiter = (byte)value;
            _ends = SearchValues.Create(_delimiter, Quote, (byte)'\r', (byte)'\n');
        }
    }

    private ReadOnlySpan<byte> Arrived => _bytes.AsSpan(_start, _end - _start);

    /// <summary>The line that the next byte is in, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>The byte of the stream behind the last record, from 0: its line end comes next.</summary>
    public long Position => _bytesRead - Arrived.Length;

    /// <summary>Says that the stream isn't a file from its beginning, where a byte-order mark may stand.</summary>
    /// <param name="line">The line that it begins in, from 1.</param>
    public void BeginAt(long line)
    {
        Line = line;
        _atBeginning = false;
    }

    /// <summary>Reads the next record.</summary>
    /// <param name="record">The record, where there is one.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidDataException">A quote is never closed, or the record is too long or has too many fields.</exception>
    public bool TryRead([NotNullWhen(true)] out CsvRecord? record)
    {
        record = null;
        if (_atBeginning)
            SkipByteOrderMark();
        if (!SkipLineEnds())
            return false;

        int length = FindFields();
        RequireBounded(length);
        ReadOnlySpan<byte> bytes = Arrived[..length];
        int lineEnds = _hasQuoted ? LineEnds(bytes) : 0;
        string? flaw = Flaw(bytes) ?? (_misquoted ? Misquoted(lineEnds) : null);
        record = new CsvRecord(Line, Position, Texts(bytes, hasFlaw: flaw is not null), flaw);
        Line += lineEnds;
        _start += length;
        return true;
    }

    /// <summary>Takes back the record that was read last, so that it is the next one: with another <see cref="Delimiter"/>, it may have other fields.</summary>
    public void Unread(CsvRecord record)
    {
        _start -= (int)(Position - record.Offset);
        Line = record.Line;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private string? Flaw(ReadOnlySpan<byte> bytes) =>
        !Utf8.IsValid(bytes) ? $"the row is not valid {_encoding}"
        : bytes.Contains((byte)0) ? "the row contains a NUL character"
        : null;

    private string Misquoted(int lineEnds) =>
        lineEnds == 0 ? MalformedQuote
        : $"{MalformedQuote}; the row takes lines {Line} to {Line + lineEnds}, so that a closing quote may be missing";

    private static int LineEnds(ReadOnlySpan<byte> bytes)
    {
        int lines = 0;
        for (int next; (next = bytes.IndexOfAny((byte)'\r', (byte)'\n')) >= 0; lines++)
            bytes = bytes[(next + (bytes[next..].StartsWith("\r\n"u8) ? 2 : 1))..];
        return lines;
    }

    private string[] Texts(ReadOnlySpan<byte> bytes, bool hasFlaw)
    {
        string[] texts = new string[_fields.Count];
        for (int i = 0; i < texts.Length; i++)
        {
            (int start, int end, bool isQuoted) = _fields[i];
            string text = Encoding.UTF8.GetString(bytes[start..end]);
            if (isQuoted)
                text = text.Replace("\"\"", "\"", StringComparison.Ordinal);
            texts[i] = hasFlaw ? text.Replace('\0', '\uFFFD') : text;
        }

        return texts;
    }

    private void SkipByteOrderMark()
    {
        _atBeginning = false;
        ReadOnlySpan<byte> mark = "\uFEFF"u8;
        while (Arrived.Length < mark.Length && mark.StartsWith(Arrived))
        {
            if (!Fill())
                return;
        }

        if (Arrived.StartsWith(mark))
            _start += mark.Length;
    }

    // That of the record before, and blank lines. False at the end of the file.
    private bool SkipLineEnds()
    {
        while (_start < _end || Fill())
        {
            byte next = _bytes[_start];
            if (next is not ((byte)'\r' or (byte)'\n'))
            {
                _afterReturn = false;
                return true;
            }

            if (next == '\r' || !_afterReturn)
                Line++;
            _afterReturn = next == '\r';
            _start++;
        }

        return false;
    }

    // The length of the record without its line end. Bytes that have been looked at are left alone when more arrive.
    private int FindFields()
    {
        _fields.Clear();
        (_hasQuoted, _misquoted) = (false, false);
        int at = 0;
        while (true)
        {
            at = (at < Arrived.Length || Fill()) && Arrived[at] == Quote ? EndOfQuoted(at) : EndOfPlain(at, from: at);
            if (at == Arrived.Length || Arrived[at] != _delimiter)
                return at;
            if (_fields.Count == MostFields)
                throw new InvalidDataException($"{_name}, line {Line}: the record has more than {MostFields} fields.");
            at++;
        }
    }

    // A quote inside a field that doesn't begin with one stands for nothing, but the record still has its fields.
    private int EndOfPlain(int start, int from)
    {
        int at = from;
        while (true)
        {
            int next = Arrived[at..].IndexOfAny(_ends);
            at = next < 0 ? Arrived.Length : at + next;
            if (next >= 0 && Arrived[at] == Quote)
            {
                _misquoted = true;
                at++;
            }
            else if (next >= 0 || !Fill())
            {
                _fields.Add((start, at, false));
                return at;
            }
        }
    }

    private int EndOfQuoted(int start)
    {
        _hasQuoted = true;
        int at = start + 1;
        while (true)
        {
            int next = _misquoted ? Arrived[at..].IndexOfAny(Quote, (byte)'\r', (byte)'\n') : Arrived[at..].IndexOf(Quote);
            at = next < 0 ? Arrived.Length : at + next + 1;
            if (next < 0 && Fill())
                continue;
            if (_misquoted && (next < 0 || Arrived[at - 1] != Quote))
                return EndOfPlain(start, from: start + 1);
            if (next < 0)
            {
                RequireBounded(at);
                throw new InvalidDataException($"{_name}, line {Line}: a quote in the record is never closed, so that its end can't be told.");
            }

            if (at == Arrived.Length && !Fill())
                break;
            byte following = Arrived[at];
            if (following == _delimiter || following is (byte)'\r' or (byte)'\n')
                break;
            if (following != Quote)
            {
                _misquoted = true;
                return EndOfPlain(start, from: at);
            }

            at++;
        }

        _fields.Add((start + 1, at - 1, true));
        return at;
    }

    // Reads more behind what has arrived of a record. False at the end of the file.
    private bool Fill()
    {
        if (_atEnd)
            return false;
        if (_start > 0)
        {
            Arrived.CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _bytes.Length)
        {
            RequireBounded(_end);
            Array.Resize(ref _bytes, 2 * _bytes.Length);
        }

        _beforeWaiting();
        int read = _stream.Read(_bytes, _end, _bytes.Length - _end);
        _end += read;
        _bytesRead += read;
        _atEnd = read == 0;
        return !_atEnd;
    }

    private void RequireBounded(int length)
    {
        if (length > LongestRecord && Encoding.UTF8.GetCharCount(Arrived[..length]) > LongestRecord)
        {
            throw new InvalidDataException(
                $"{_name}, line {Line}: the record is longer than {LongestRecord} characters; probably a closing quote is missing.");
        }
    }
}
