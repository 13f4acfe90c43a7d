using System.IO.Hashing;
using MnistAdder.Scoring.Csv;

namespace MnistAdder.Scoring.Shards;

/// <summary>
/// Finds where the records of a CSV file begin, without reading their fields, and cuts the file there into segments. It sees the same records as
/// <see cref="CsvReader"/>, but for one with a malformed quote, which it refuses: where that one ends is the reader's guess.
/// </summary>
internal sealed class RecordScanner
{
    private const byte Quote = (byte)'"', Return = (byte)'\r', Feed = (byte)'\n';

    private readonly string _name;
    private readonly int _input;
    private readonly byte _delimiter;
    private readonly ShardCuts _cuts;
    private readonly XxHash128 _hash = new();

    private State _state;
    private bool _afterReturn; // a LF that comes next ends no other line
    private bool _afterDelimiter; // a field begins
    private long _line;
    private long _blockStart; // in the file
    private long _recordStart;

    // The segment that is being filled.
    private long _start;
    private long _startLine;
    private long _rows;

    /// <summary>Begins behind a header.</summary>
    /// <param name="name">What messages call the file.</param>
    /// <param name="input">The table's number in the plan.</param>
    /// <param name="delimiter">What stands between fields.</param>
    /// <param name="offset">The byte of the file that comes first.</param>
    /// <param name="line">The line that it is in.</param>
    /// <param name="cuts">Receives the segments.</param>
    public RecordScanner(string name, int input, char delimiter, long offset, long line, ShardCuts cuts)
    {
        _name = name;
        _input = input;
        _delimiter = (byte)delimiter;
        _blockStart = offset;
        _line = line;
        _cuts = cuts;
    }

    private enum State
    {
        /// <summary>At line ends, if anything.</summary>
        BetweenRecords,

        /// <summary>In a field without quotes, or where one begins.</summary>
        Plain,

        /// <summary>Within quotes.</summary>
        Quoted,

        /// <summary>Behind a quote that closes a field, or is the first of two.</summary>
        AfterQuote,
    }

    /// <summary>Reads on.</summary>
    /// <exception cref="InvalidDataException">A quote is malformed, or a record too long.</exception>
    public void Scan(ReadOnlySpan<byte> block)
    {
        int hashed = 0;
        for (int at = 0; at < block.Length;)
        {
            switch (_state)
            {
                case State.BetweenRecords:
                    if (block[at] is Return or Feed)
                    {
                        CountLine(block[at++]);
                        break;
                    }

                    if (_rows > 0 && _cuts.IsDue(_rows, _input, _blockStart + at))
                    {
                        _hash.Append(block[hashed..at]);
                        Cut(_blockStart + at);
                    }

                    if (_rows == 0)
                        hashed = at;
                    BeginRecord(_blockStart + at);
                    break;

                case State.Plain:
                    int next = block[at..].IndexOfAny(Quote, Return, Feed);
                    if (next < 0)
                    {
                        _afterDelimiter = block[^1] == _delimiter;
                        at = block.Length;
                        break;
                    }

                    if (next > 0)
                        _afterDelimiter = block[at + next - 1] == _delimiter;
                    at += next;
                    if (block[at] != Quote)
                    {
                        EndRecord(_blockStart + at);
                        break;
                    }

                    RequireWellFormed(_afterDelimiter);
                    _state = State.Quoted;
                    at++;
                    break;

                case State.Quoted:
                    int closing = block[at..].IndexOf(Quote);
                    ReadOnlySpan<byte> inside = closing < 0 ? block[at..] : block.Slice(at, closing);
                    CountLines(inside);
                    at += inside.Length;
                    if (closing >= 0)
                    {
                        _afterReturn = false;
                        _state = State.AfterQuote;
                        at++;
                    }

                    break;

                case State.AfterQuote:
                    _afterDelimiter = block[at] == _delimiter;
                    RequireWellFormed(_afterDelimiter || block[at] is Quote or Return or Feed);
                    if (block[at] is Return or Feed)
                    {
                        EndRecord(_blockStart + at);
                        break;
                    }

                    _state = block[at] == Quote ? State.Quoted : State.Plain;
                    at++;
                    break;
            }
        }

        if (_rows > 0)
            _hash.Append(block[hashed..]);
        _blockStart += block.Length;
        if (_state != State.BetweenRecords)
            RequireBounded(_blockStart - _recordStart);
    }

    /// <summary>Ends the last segment with the file.</summary>
    /// <exception cref="InvalidDataException">A quote is never closed.</exception>
    public void Complete()
    {
        if (_state == State.Quoted)
            throw new InvalidDataException($"{_name}, line {_line}: a quote before it is never closed, so that the record's end can't be told.");
        if (_rows > 0)
            Cut(_blockStart);
    }

    private void BeginRecord(long offset)
    {
        if (_rows++ == 0)
        {
            (_start, _startLine) = (offset, _line);
            _cuts.MoveTo(_input, offset);
        }

        _recordStart = offset;
        _afterReturn = false;
        _afterDelimiter = true;
        _state = State.Plain;
    }

    private void EndRecord(long offset)
    {
        RequireBounded(offset - _recordStart);
        _state = State.BetweenRecords;
    }

    private void Cut(long end)
    {
        _cuts.Add(new Segment(_input, _start, end - _start, _startLine, _rows, Convert.ToHexStringLower(_hash.GetHashAndReset())));
        _rows = 0;
    }

    private void CountLine(byte end)
    {
        if (end == Return || !_afterReturn)
            _line++;
        _afterReturn = end == Return;
    }

    private void CountLines(ReadOnlySpan<byte> text)
    {
        for (int next; (next = text.IndexOfAny(Return, Feed)) >= 0; text = text[(next + 1)..])
        {
            if (next > 0)
                _afterReturn = false;
            CountLine(text[next]);
        }

        if (text.Length > 0)
            _afterReturn = false;
    }

    private void RequireWellFormed(bool isWellFormed)
    {
        if (!isWellFormed)
        {
            throw new InvalidDataException(
                $"{_name}, line {_line}: a quote is malformed: a field with quotes is quoted as a whole and each quote in it doubled (RFC 4180). A plan needs to know where records end; mend the file, or score it without a plan, which reports such rows.");
        }
    }

    private void RequireBounded(long length)
    {
        if (length > CsvReader.LongestRecord)
            throw new InvalidDataException($"{_name}, line {_line}: the record is longer than {CsvReader.LongestRecord} bytes; probably a closing quote is missing.");
    }
}
