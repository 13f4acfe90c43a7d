using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace MnistAdder.Scoring.Csv;

/// <summary>
/// Decodes UTF-8 strictly without stopping: each invalid sequence becomes <see cref="InvalidMark"/>, which no valid text contains, so
/// that the record around it can be told from the others.
/// </summary>
/// <remarks>A byte-order mark at the beginning is dropped. Characters are handed on as soon as their bytes are there.</remarks>
internal sealed class Utf8TextReader : TextReader
{
    /// <summary>A low surrogate; where no high one stands before it, the bytes there weren't UTF-8.</summary>
    public const char InvalidMark = '\uDFFF';

    private const char ByteOrderMark = '\uFEFF';

    private readonly Stream _stream;
    private readonly Action _beforeWaiting;
    private readonly byte[] _bytes = new byte[64 << 10];
    private int _start;
    private int _end;
    private bool _atBeginning = true;
    private bool _atEnd;
    private long _bytesRead;

    // The second half of a character that had room for the first half only.
    private char _rest;

    /// <summary>Takes over a stream.</summary>
    /// <param name="stream">UTF-8; disposed with the reader.</param>
    /// <param name="beforeWaiting">Called whenever everything that has arrived is handed on and the stream is asked for more.</param>
    public Utf8TextReader(Stream stream, Action beforeWaiting)
    {
        _stream = stream;
        _beforeWaiting = beforeWaiting;
    }

    /// <summary>How much of the stream has been read; for any thread.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Whether text has a mark in it.</summary>
    public static bool HasInvalidMark(ReadOnlySpan<char> text)
    {
        for (int from = 0, next; (next = text[from..].IndexOf(InvalidMark)) >= 0; from += next + 1)
        {
            int at = from + next;
            if (at == 0 || !char.IsHighSurrogate(text[at - 1]))
                return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override int Read(Span<char> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        if (_rest != '\0')
        {
            buffer[0] = _rest;
            _rest = '\0';
            return 1;
        }

        while (true)
        {
            int written = Decode(buffer);
            if (_atBeginning && written > 0)
            {
                _atBeginning = false;
                if (buffer[0] == ByteOrderMark)
                    buffer[1..written--].CopyTo(buffer);
            }

            if (written > 0 || !Fill())
                return written;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _stream.Dispose();
        base.Dispose(disposing);
    }

    // Fills the buffer as far as the bytes go: who reads a long record begins it anew whenever there is more of it.
    private int Decode(Span<char> buffer)
    {
        Span<char> pair = stackalloc char[2];
        int total = 0;
        while (true)
        {
            ReadOnlySpan<byte> bytes = _bytes.AsSpan(_start, _end - _start);
            OperationStatus status = Utf8.ToUtf16(bytes, buffer[total..], out int read, out int written, replaceInvalidSequences: false, isFinalBlock: _atEnd);
            _start += read;
            total += written;
            bytes = bytes[read..];
            if (status == OperationStatus.InvalidData && total < buffer.Length)
            {
                Rune.DecodeFromUtf8(bytes, out _, out int invalid);
                _start += invalid;
                buffer[total++] = InvalidMark;
                continue;
            }

            if (status == OperationStatus.DestinationTooSmall && total == 0)
            {
                Rune.DecodeFromUtf8(bytes, out Rune character, out int length);
                _start += length;
                character.EncodeToUtf16(pair);
                (buffer[0], _rest) = (pair[0], pair[1]);
                return 1;
            }

            return total;
        }
    }

    // False at the end, once there is nothing left to decode.
    private bool Fill()
    {
        if (_atEnd)
            return false;
        _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
        _end -= _start;
        _start = 0;
        _beforeWaiting();
        int read = _stream.Read(_bytes, _end, _bytes.Length - _end);
        _end += read;
        Interlocked.Add(ref _bytesRead, read);
        _atEnd = read == 0;
        return true;
    }
}
