using System.Numerics;
using System.Runtime.CompilerServices;

namespace MnistAdder.Serving.Images.Png;

/// <summary>A canonical Huffman code of DEFLATE, ready for decoding.</summary>
/// <remarks>
/// Source: RFC 1951, 3.2.2. Codes of up to nine bits are looked up in one table; the rare longer ones are
/// walked bit by bit.
/// </remarks>
internal struct HuffmanCode
{
    private const int PrimaryBits = 9;
    private const int MaxBits = 15;
    private const int TableSize = 1 << PrimaryBits;
    private const int MaxSymbols = 288;

    // An entry is a symbol shifted left by four and its code's length; 0 stands for longer codes and for none.
    private Table _table;
    private Symbols _sorted;
    private LengthCounts _counts;

    /// <summary>Builds the code from the lengths of its symbols, 0…15, 0 for a symbol that doesn't occur.</summary>
    /// <param name="lengths">A length for each symbol.</param>
    /// <param name="mayBeIncomplete">Whether no code at all and one single code of one bit are accepted.</param>
    /// <returns>Whether the lengths make a complete code.</returns>
    public bool TryBuild(ReadOnlySpan<byte> lengths, bool mayBeIncomplete)
    {
        ((Span<ushort>)_table).Clear();
        _counts = default;
        foreach (byte length in lengths)
            _counts[length]++;
        int used = lengths.Length - _counts[0];
        _counts[0] = 0;

        LengthCounts offsets = default;
        int free = 1;
        for (int length = 1; length <= MaxBits; length++)
        {
            offsets[length] = (ushort)(offsets[length - 1] + _counts[length - 1]);
            free = (free << 1) - _counts[length];
            if (free < 0)
                return false;
        }

        if (free > 0 && !(mayBeIncomplete && (used == 0 || (used == 1 && _counts[1] == 1))))
            return false;

        for (int symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] != 0)
                _sorted[offsets[lengths[symbol]]++] = (ushort)symbol;
        }

        FillTable();
        return true;
    }

    /// <summary>The table's answer for the next bits: a symbol shifted left by four and its length in bits, or 0.</summary>
    public readonly uint Lookup(ulong bits) => _table[(int)(bits & (TableSize - 1))];

    /// <summary>Decodes a code that the table has no answer for, as <see cref="Lookup"/> would.</summary>
    /// <returns>0 where the bits are no code.</returns>
    public readonly uint Walk(ulong bits)
    {
        int code = 0, first = 0, index = 0;
        for (int length = 1; length <= MaxBits; length++)
        {
            code |= (int)(bits & 1);
            bits >>= 1;
            int count = _counts[length];
            if (code - count < first)
                return ((uint)_sorted[index + code - first] << 4) | (uint)length;
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }

        return 0;
    }

    // The table begins as that of one-bit codes and doubles from length to length, so that each code is written once; codes arrive
    // in canonical order, and DEFLATE's bit order asks for each of them mirrored.
    private void FillTable()
    {
        Span<ushort> table = _table;
        int next = 0;
        int mirrored = 0;
        for (int length = 1; length <= PrimaryBits; length++)
        {
            int size = 1 << length;
            table[..(size >> 1)].CopyTo(table[(size >> 1)..]);
            for (int left = _counts[length]; left > 0; left--)
            {
                table[mirrored] = (ushort)((_sorted[next++] << 4) | length);
                int carryless = mirrored ^ (size - 1);
                if (carryless == 0)
                    break;
                int bit = 1 << BitOperations.Log2((uint)carryless);
                mirrored = (mirrored & (bit - 1)) | bit;
            }
        }
    }

    [InlineArray(TableSize)]
    private struct Table
    {
        private ushort _first;
    }

    [InlineArray(MaxSymbols)]
    private struct Symbols
    {
        private ushort _first;
    }

    [InlineArray(MaxBits + 1)]
    private struct LengthCounts
    {
        private ushort _first;
    }
}
