using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace MnistAdder.Serving.Images.Png;

/// <summary>Inflates one DEFLATE stream into a span of exactly its size, without allocating.</summary>
/// <remarks>
/// Source: RFC 1951. <see cref="System.IO.Compression.ZLibStream"/> does the same in several times the time where the data is a few
/// hundred bytes, most of it spent on setting up. Stricter than zlib in places: a stream that this refuses may still be one.
/// </remarks>
[SkipLocalsInit]
internal ref struct Inflater
{
    private const int LiteralSymbols = 288;
    private const int DistanceSymbols = 32;
    private const int EndOfBlock = 256;

    private readonly ReadOnlySpan<byte> _source;
    private readonly Span<byte> _target;
    private readonly int _window;
    private int _read;
    private int _written;

    // The next bits, lowest first, and how many of them are known. Behind the source's end follow zeros.
    private ulong _bits;
    private int _bitCount;

    private Inflater(ReadOnlySpan<byte> source, Span<byte> target, int window)
    {
        _source = source;
        _target = target;
        _window = window;
    }

    /// <summary>Inflates a stream.</summary>
    /// <param name="source">The stream, and maybe more behind it.</param>
    /// <param name="target">Receives the contents; undefined where the answer is <see langword="false"/>.</param>
    /// <param name="window">The greatest distance of a repetition.</param>
    /// <param name="consumed">Bytes of the source that belong to the stream.</param>
    /// <returns>Whether the stream is valid and its contents are as long as the target.</returns>
    public static bool TryInflate(ReadOnlySpan<byte> source, Span<byte> target, int window, out int consumed)
    {
        var inflater = new Inflater(source, target, window);
        bool complete = inflater.TryRun();
        consumed = inflater._read - (inflater._bitCount >> 3);
        return complete && consumed <= source.Length && inflater._written == target.Length;
    }

    private bool TryRun()
    {
        Unsafe.SkipInit(out HuffmanCode literals);
        Unsafe.SkipInit(out HuffmanCode distances);

        bool last;
        do
        {
            Refill();
            last = Take(1) != 0;
            bool valid = Take(2) switch
            {
                0 => TryCopyStored(),
                1 => TryBuildFixed(ref literals, ref distances) && TryDecodeBlock(literals, distances),
                2 => TryReadCodes(ref literals, ref distances) && TryDecodeBlock(literals, distances),
                _ => false,
            };
            if (!valid)
                return false;
        }
        while (!last);
        return true;
    }

    private bool TryCopyStored()
    {
        Take(_bitCount & 7);
        Refill();
        int length = (int)Take(16);
        int complement = (int)Take(16);
        int from = _read - (_bitCount >> 3);
        if (length != (~complement & 0xFFFF) || from + length > _source.Length || length > _target.Length - _written)
            return false;
        _source.Slice(from, length).CopyTo(_target[_written..]);
        _written += length;
        _read = from + length;
        _bits = 0;
        _bitCount = 0;
        return true;
    }

    private static bool TryBuildFixed(ref HuffmanCode literals, ref HuffmanCode distances)
    {
        Span<byte> lengths = stackalloc byte[LiteralSymbols];
        lengths[..144].Fill(8);
        lengths[144..256].Fill(9);
        lengths[256..280].Fill(7);
        lengths[280..].Fill(8);
        if (!literals.TryBuild(lengths, mayBeIncomplete: false))
            return false;
        lengths[..DistanceSymbols].Fill(5);
        return distances.TryBuild(lengths[..DistanceSymbols], mayBeIncomplete: false);
    }

    private bool TryReadCodes(ref HuffmanCode literals, ref HuffmanCode distances)
    {
        int literalCount = 257 + (int)Take(5);
        int distanceCount = 1 + (int)Take(5);
        int lengthCount = 4 + (int)Take(4);
        if (literalCount > 286 || distanceCount > 30)
            return false;

        ReadOnlySpan<byte> order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
        Span<byte> lengths = stackalloc byte[LiteralSymbols + DistanceSymbols];
        Span<byte> lengthLengths = lengths[..order.Length];
        lengthLengths.Clear();
        for (int i = 0; i < lengthCount; i++)
        {
            Refill();
            lengthLengths[order[i]] = (byte)Take(3);
        }

        // The table of the literals is free until they are known.
        if (!literals.TryBuild(lengthLengths, mayBeIncomplete: false))
            return false;
        lengths = lengths[..(literalCount + distanceCount)];
        return TryReadLengths(literals, lengths)
            && lengths[EndOfBlock] != 0
            && literals.TryBuild(lengths[..literalCount], mayBeIncomplete: false)
            && distances.TryBuild(lengths[literalCount..], mayBeIncomplete: true);
    }

    private bool TryReadLengths(in HuffmanCode code, scoped Span<byte> lengths)
    {
        int done = 0;
        while (done < lengths.Length)
        {
            Refill();
            uint entry = code.Lookup(_bits);
            Take((int)entry & 15);
            int symbol = (int)entry >> 4;
            if (symbol < 16)
            {
                lengths[done++] = (byte)symbol;
                continue;
            }

            if (symbol == 16 && done == 0)
                return false;
            byte repeated = symbol == 16 ? lengths[done - 1] : (byte)0;
            int times = symbol switch
            {
                16 => 3 + (int)Take(2),
                17 => 3 + (int)Take(3),
                _ => 11 + (int)Take(7),
            };
            if (times > lengths.Length - done)
                return false;
            lengths.Slice(done, times).Fill(repeated);
            done += times;
        }

        return true;
    }

    private bool TryDecodeBlock(in HuffmanCode literals, in HuffmanCode distances)
    {
        while (true)
        {
            // A length, a distance and their extra bits take at most 48.
            if (_bitCount < 48)
                Refill();
            uint entry = literals.Lookup(_bits);
            if (entry == 0 && (entry = literals.Walk(_bits)) == 0)
                return false;
            Take((int)entry & 15);
            int symbol = (int)entry >> 4;
            if (symbol < EndOfBlock)
            {
                if (_written == _target.Length)
                    return false;
                _target[_written++] = (byte)symbol;
            }
            else if (symbol == EndOfBlock)
            {
                return true;
            }
            else if (!TryRepeat(symbol - 257, distances))
            {
                return false;
            }
        }
    }

    private bool TryRepeat(int lengthSymbol, in HuffmanCode distances)
    {
        ReadOnlySpan<byte> lengthBases = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 255];
        ReadOnlySpan<byte> lengthExtras = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
        if (lengthSymbol >= lengthBases.Length)
            return false;
        int length = 3 + lengthBases[lengthSymbol] + (int)Take(lengthExtras[lengthSymbol]);

        uint entry = distances.Lookup(_bits);
        if (entry == 0 && (entry = distances.Walk(_bits)) == 0)
            return false;
        Take((int)entry & 15);
        int symbol = (int)entry >> 4;
        if (symbol >= 30)
            return false;
        int extra = Math.Max(0, (symbol >> 1) - 1);
        int distance = 1 + (symbol < 2 ? symbol : ((2 + (symbol & 1)) << extra) + (int)Take(extra));

        if (distance > _written || distance > _window || length > _target.Length - _written)
            return false;
        Span<byte> into = _target.Slice(_written, length);
        if (distance == 1)
        {
            into.Fill(_target[_written - 1]);
        }
        else if (distance >= length)
        {
            _target.Slice(_written - distance, length).CopyTo(into);
        }
        else
        {
            for (int i = 0; i < length; i++)
                into[i] = _target[_written - distance + i];
        }

        _written += length;
        return true;
    }

    // Afterwards at least 56 bits are known.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Refill()
    {
        if (_source.Length - _read >= 8)
        {
            _bits |= BinaryPrimitives.ReadUInt64LittleEndian(_source[_read..]) << _bitCount;
            _read += (63 - _bitCount) >> 3;
            _bitCount |= 56;
        }
        else
        {
            RefillAtEnd();
        }
    }

    private void RefillAtEnd()
    {
        for (; _bitCount < 56; _bitCount += 8, _read++)
        {
            if (_read < _source.Length)
                _bits |= (ulong)_source[_read] << _bitCount;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Take(int count)
    {
        uint value = (uint)_bits & ((1u << count) - 1);
        _bits >>= count;
        _bitCount -= count;
        return value;
    }
}
