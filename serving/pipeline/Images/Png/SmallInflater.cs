using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MnistAdder.Serving.Images.Png;

/// <summary>Inflates the zlib streams of small pictures, in a third of the time that a library takes, most of it to begin and to end.</summary>
/// <remarks>
/// It never says that a stream is bad: whatever isn't plainly in order, to the check sum and without a byte behind it, is left to the
/// library. Formats: RFC 1950 and RFC 1951.
/// </remarks>
internal static class SmallInflater
{
    private const int LiteralCodes = 288, DistanceCodes = 32, LengthCodes = 19, LongestCode = 15;
    private const int LiteralBits = 9, DistanceBits = 6, LengthBits = 7;
    private const int EndOfBlock = 256, HeaderLength = 2, CheckLength = 4;

    // So that the check sum's parts fit into 32 bits.
    private const int LargestOutput = 4096;

    private static ReadOnlySpan<byte> LengthOrder => [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private static ReadOnlySpan<ushort> LengthBases => [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];

    private static ReadOnlySpan<byte> LengthExtra => [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    private static ReadOnlySpan<ushort> DistanceBases =>
        [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];

    private static ReadOnlySpan<byte> DistanceExtra => [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

    /// <summary>Inflates a stream.</summary>
    /// <param name="stream">The whole of it.</param>
    /// <param name="output">Receives what it holds; undefined where the answer is <see langword="false"/>.</param>
    /// <returns>Whether it is in order and holds exactly as much as fits.</returns>
    [SkipLocalsInit]
    public static bool TryInflate(ReadOnlySpan<byte> stream, Span<byte> output)
    {
        if (output.Length > LargestOutput || stream.Length < HeaderLength + CheckLength || (stream[0] & 0x0F) != 8 || stream[0] >> 4 > 7 || (stream[1] & 0x20) != 0 || ((stream[0] << 8) | stream[1]) % 31 != 0)
            return false;
        int window = 1 << ((stream[0] >> 4) + 8), length = 0;
        scoped var bits = new BitReader(stream[HeaderLength..^CheckLength]);
        Span<byte> lengths = stackalloc byte[LiteralCodes + DistanceCodes];
        scoped var literals = new HuffmanCode(stackalloc ushort[1 << LiteralBits], stackalloc ushort[LongestCode + 1], stackalloc ushort[LiteralCodes], LiteralBits);
        scoped var distances = new HuffmanCode(stackalloc ushort[1 << DistanceBits], stackalloc ushort[LongestCode + 1], stackalloc ushort[DistanceCodes], DistanceBits);
        scoped var codeLengths = new HuffmanCode(stackalloc ushort[1 << LengthBits], stackalloc ushort[LongestCode + 1], stackalloc ushort[LengthCodes], LengthBits);
        bool isLast;
        do
        {
            bits.Refill();
            isLast = bits.Take(1) != 0;
            switch (bits.Take(2))
            {
                case 0:
                    if (!bits.TryCopy(output, ref length))
                        return false;
                    continue;
                case 1:
                    FixedLengths(lengths);
                    if (!literals.TryBuild(lengths[..LiteralCodes]) || !distances.TryBuild(lengths[LiteralCodes..]))
                        return false;
                    break;
                case 2:
                    if (!TryReadCodes(ref bits, lengths, codeLengths, literals, distances))
                        return false;
                    break;
                default:
                    return false;
            }

            if (!TryInflateBlock(ref bits, literals, distances, output, ref length, window))
                return false;
        }
        while (!isLast);
        return length == output.Length && bits.IsAtEnd && BinaryPrimitives.ReadUInt32BigEndian(stream[^CheckLength..]) == Adler32(output);
    }

    private static bool TryInflateBlock(scoped ref BitReader bits, scoped in HuffmanCode literals, scoped in HuffmanCode distances, scoped Span<byte> output, ref int length, int window)
    {
        int at = length;
        while (true)
        {
            // Enough for a length, a distance and what follows each: 48 bits.
            bits.Refill();
            int symbol = literals.Next(ref bits);
            if (symbol < EndOfBlock)
            {
                if (symbol < 0 || (uint)at >= (uint)output.Length)
                    return false;
                output[at++] = (byte)symbol;
                continue;
            }

            if (symbol == EndOfBlock)
            {
                length = at;
                return bits.IsWithin;
            }

            symbol -= EndOfBlock + 1;
            if (symbol >= LengthBases.Length)
                return false;
            int count = LengthBases[symbol] + bits.Take(LengthExtra[symbol]);
            int code = distances.Next(ref bits);
            if ((uint)code >= (uint)DistanceBases.Length)
                return false;
            int distance = DistanceBases[code] + bits.Take(DistanceExtra[code]);
            if (distance > at || distance > window || count > output.Length - at || !bits.IsWithin)
                return false;
            // One byte after the other: the source may reach into what is being written.
            if (distance == 1)
            {
                output.Slice(at, count).Fill(output[at - 1]);
                at += count;
                continue;
            }

            for (int end = at + count; at < end; at++)
                output[at] = output[at - distance];
        }
    }

    private static void FixedLengths(Span<byte> lengths)
    {
        lengths[..144].Fill(8);
        lengths[144..256].Fill(9);
        lengths[256..280].Fill(7);
        lengths[280..LiteralCodes].Fill(8);
        lengths[LiteralCodes..].Fill(5);
    }

    // The lengths of both codes, themselves in a code.
    private static bool TryReadCodes(scoped ref BitReader bits, scoped Span<byte> lengths, scoped in HuffmanCode code, scoped in HuffmanCode literals, scoped in HuffmanCode distances)
    {
        int literalCount = bits.Take(5) + 257, distanceCount = bits.Take(5) + 1, lengthCount = bits.Take(4) + 4;
        if (literalCount > 286 || distanceCount > 30)
            return false;
        Span<byte> ordered = lengths[..LengthCodes];
        ordered.Clear();
        for (int i = 0; i < lengthCount; i++)
        {
            bits.Refill();
            ordered[LengthOrder[i]] = (byte)bits.Take(3);
        }

        if (!code.TryBuild(ordered))
            return false;
        int all = literalCount + distanceCount;
        for (int i = 0; i < all;)
        {
            bits.Refill();
            int symbol = code.Next(ref bits), repeated = symbol;
            if (symbol is >= 0 and < 16)
            {
                lengths[i++] = (byte)symbol;
                continue;
            }

            int times;
            switch (symbol)
            {
                case 16 when i > 0:
                    (repeated, times) = (lengths[i - 1], 3 + bits.Take(2));
                    break;
                case 17:
                    (repeated, times) = (0, 3 + bits.Take(3));
                    break;
                case 18:
                    (repeated, times) = (0, 11 + bits.Take(7));
                    break;
                default:
                    return false;
            }

            if (times > all - i)
                return false;
            lengths.Slice(i, times).Fill((byte)repeated);
            i += times;
        }

        // A block that can't end is none.
        return bits.IsWithin && lengths[EndOfBlock] != 0 && literals.TryBuild(lengths[..literalCount]) && distances.TryBuild(lengths.Slice(literalCount, distanceCount));
    }

    // RFC 1950, section 9, in one go.
    private static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        const uint modulus = 65521;
        Vector256<uint> sums = default, weighted = default, eight = Vector256.Create(8u);
        Vector256<uint> weights = Vector256.Create((uint)bytes.Length) - Vector256<uint>.Indices;
        int i = 0;
        for (; i + 8 <= bytes.Length; i += 8)
        {
            Vector128<ushort> words = Vector128.WidenLower(Vector128.CreateScalar(MemoryMarshal.Read<ulong>(bytes[i..])).AsByte());
            Vector256<uint> values = Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words));
            sums += values;
            weighted += values * weights;
            weights -= eight;
        }

        ulong sum = Vector256.Sum(sums) + 1UL, total = Vector256.Sum(weighted) + (ulong)bytes.Length;
        for (; i < bytes.Length; i++)
        {
            sum += bytes[i];
            total += (ulong)(bytes.Length - i) * bytes[i];
        }

        return ((uint)(total % modulus) << 16) | (uint)(sum % modulus);
    }

    // Bits from the least of each byte on. Beyond the end it gives zeros, and says afterwards that it did.
    private ref struct BitReader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _position;
        private ulong _buffer;
        private int _count;

        public readonly bool IsWithin => _count >= 0;

        // But for the bits that fill the last byte.
        public readonly bool IsAtEnd => _position == _bytes.Length && _count is >= 0 and < 8;

        public readonly ulong Peek => _buffer;

        // To 56 bits or more, as far as there are any.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Refill()
        {
            if (_count < 0)
                return;
            if (_bytes.Length - _position >= sizeof(ulong))
            {
                _buffer |= BinaryPrimitives.ReadUInt64LittleEndian(_bytes[_position..]) << _count;
                _position += (63 - _count) >> 3;
                _count |= 56;
                return;
            }

            for (; _count <= 56 && _position < _bytes.Length; _count += 8)
                _buffer |= (ulong)_bytes[_position++] << _count;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public int Take(int count)
        {
            int value = (int)(_buffer & ((1UL << count) - 1));
            Skip(count);
            return value;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Skip(int count)
        {
            _buffer >>= count;
            _count -= count;
        }

        // A stored block: its length, that length's complement and the bytes begin with a whole byte.
        public bool TryCopy(Span<byte> output, ref int length)
        {
            Skip(_count & 7);
            if (_count < 0)
                return false;
            _position -= _count >> 3;
            (_buffer, _count) = (0, 0);
            if (_bytes.Length - _position < 4)
                return false;
            int size = BinaryPrimitives.ReadUInt16LittleEndian(_bytes[_position..]);
            if (size != (ushort)~BinaryPrimitives.ReadUInt16LittleEndian(_bytes[(_position + 2)..]))
                return false;
            _position += 4;
            if (size > _bytes.Length - _position || size > output.Length - length)
                return false;
            _bytes.Slice(_position, size).CopyTo(output[length..]);
            _position += size;
            length += size;
            return true;
        }
    }

    // Short codes are found in a table by the next bits; longer ones, which are rare, bit by bit among the codes in their order.
    private readonly ref struct HuffmanCode(Span<ushort> table, Span<ushort> counts, Span<ushort> symbols, int tableBits)
    {
        private const int LengthMask = 15, LengthWidth = 4;
        private readonly Span<ushort> _table = table;
        private readonly Span<ushort> _counts = counts;
        private readonly Span<ushort> _symbols = symbols;

        // Whether the lengths make a code in which every sequence of bits means something.
        [SkipLocalsInit]
        public bool TryBuild(ReadOnlySpan<byte> lengths)
        {
            _counts.Clear();
            foreach (byte length in lengths)
                _counts[length]++;
            _counts[0] = 0;
            Span<ushort> next = stackalloc ushort[LongestCode + 1], place = stackalloc ushort[LongestCode + 1];
            int code = 0, first = 0;
            for (int length = 1; length <= LongestCode; length++)
            {
                code <<= 1;
                (next[length], place[length]) = ((ushort)code, (ushort)first);
                code += _counts[length];
                first += _counts[length];
                if (code > 1 << length)
                    return false;
            }

            if (code != 1 << LongestCode)
                return false;
            _table.Clear();
            for (int symbol = 0; symbol < lengths.Length; symbol++)
            {
                int length = lengths[symbol];
                if (length == 0)
                    continue;
                _symbols[place[length]++] = (ushort)symbol;
                int bits = next[length]++;
                if (length > tableBits)
                    continue;
                ushort entry = (ushort)((symbol << LengthWidth) | length);
                for (int at = Reverse(bits, length); at < _table.Length; at += 1 << length)
                    _table[at] = entry;
            }

            return true;
        }

        // The next symbol; the bits of the longest code, or zeros behind the end, are there.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public int Next(scoped ref BitReader bits)
        {
            int entry = _table[(int)bits.Peek & (_table.Length - 1)];
            if (entry == 0)
                return NextLong(ref bits);
            bits.Skip(entry & LengthMask);
            return entry >> LengthWidth;
        }

        private int NextLong(scoped ref BitReader bits)
        {
            ulong peeked = bits.Peek;
            int code = 0, first = 0, index = 0;
            for (int length = 1; length <= LongestCode; length++)
            {
                code |= (int)(peeked & 1);
                peeked >>= 1;
                int count = _counts[length];
                if (code - first < count)
                {
                    bits.Skip(length);
                    return _symbols[index + code - first];
                }

                index += count;
                first = (first + count) << 1;
                code <<= 1;
            }

            return -1;
        }

        private static int Reverse(int bits, int length)
        {
            uint word = (uint)bits << (32 - length);
            word = ((word >> 1) & 0x55555555) | ((word & 0x55555555) << 1);
            word = ((word >> 2) & 0x33333333) | ((word & 0x33333333) << 2);
            word = ((word >> 4) & 0x0F0F0F0F) | ((word & 0x0F0F0F0F) << 4);
            return (int)BinaryPrimitives.ReverseEndianness(word);
        }
    }
}
