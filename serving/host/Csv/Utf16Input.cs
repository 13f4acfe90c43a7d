using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace MnistAdder.Scoring.Csv;

/// <summary>Turns UTF-16 into UTF-8. What is no text, a surrogate alone or half a character at the end, becomes a byte that UTF-8 doesn't have.</summary>
/// <param name="stream">What is read; disposed with this.</param>
/// <param name="isBigEndian">Whether a character's higher byte comes first.</param>
internal sealed class Utf16Input(Stream stream, bool isBigEndian) : InputStream
{
    private const byte NoText = 0xFF;
    private const int MostBytesPerCharacter = 3;
    private const int MostCharacters = 16 << 10;

    private readonly byte[] _utf16 = new byte[2 * MostCharacters];
    private readonly char[] _characters = new char[MostCharacters];
    private readonly byte[] _utf8 = new byte[MostBytesPerCharacter * MostCharacters];
    private int _kept; // bytes of a character that hasn't come whole
    private int _next;
    private int _end;
    private bool _atEnd;

    /// <summary>Whether a file that begins so is UTF-16: with a byte-order mark, or without one by two characters of ASCII, since no text has a NUL.</summary>
    /// <param name="beginning">Its first bytes.</param>
    /// <param name="isBigEndian">Whether a character's higher byte comes first.</param>
    public static bool IsMeant(ReadOnlySpan<byte> beginning, out bool isBigEndian)
    {
        isBigEndian = beginning is [0xFE, 0xFF, ..] or [0, not 0, 0, not 0, ..];
        return isBigEndian || beginning is [0xFF, 0xFE, ..] or [not 0, 0, not 0, 0, ..];
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (_next == _end)
        {
            if (_atEnd)
                return 0;
            Convert();
        }

        int length = Math.Min(buffer.Length, _end - _next);
        _utf8.AsSpan(_next, length).CopyTo(buffer);
        _next += length;
        return length;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            stream.Dispose();
        base.Dispose(disposing);
    }

    private void Convert()
    {
        int read = stream.Read(_utf16, _kept, _utf16.Length - _kept);
        _atEnd = read == 0;
        ReadOnlySpan<byte> arrived = _utf16.AsSpan(0, _kept + read);
        (_next, _end) = (0, 0);
        int converted = Convert(Characters(arrived));
        if (_atEnd && arrived.Length % 2 != 0)
            _utf8[_end++] = NoText;
        arrived = arrived[(2 * converted)..];
        arrived.CopyTo(_utf16);
        _kept = arrived.Length;
    }

    // Gives how many were converted: all but the first half of a pair whose second may still come.
    private int Convert(ReadOnlySpan<char> characters)
    {
        int converted = 0;
        while (true)
        {
            OperationStatus status = Utf8.FromUtf16(
                characters[converted..], _utf8.AsSpan(_end), out int read, out int written, replaceInvalidSequences: false, isFinalBlock: _atEnd);
            converted += read;
            _end += written;
            if (status != OperationStatus.InvalidData)
                return converted;
            _utf8[_end++] = NoText;
            converted++;
        }
    }

    private ReadOnlySpan<char> Characters(ReadOnlySpan<byte> bytes)
    {
        Span<ushort> units = MemoryMarshal.Cast<char, ushort>(_characters.AsSpan(0, bytes.Length / 2));
        ReadOnlySpan<ushort> arrived = MemoryMarshal.Cast<byte, ushort>(bytes);
        if (isBigEndian == BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(arrived, units);
        else
            arrived.CopyTo(units);
        return _characters.AsSpan(0, units.Length);
    }
}
