using System.Buffers.Binary;

namespace MnistAdder.Fuzzing;

/// <summary>Edits that know nothing of a format.</summary>
internal static class ByteEdits
{
    private const int LongestSlice = 64;
    private static readonly byte[] s_awkward = [0, 1, 0x7F, 0x80, 0xFE, 0xFF];

    /// <summary>One edit of any kind.</summary>
    /// <param name="input">Stays as it is.</param>
    /// <param name="seeds">Others to splice with.</param>
    /// <param name="mutator">Chooses.</param>
    public static byte[] Edit(byte[] input, IReadOnlyList<byte[]> seeds, Mutator mutator)
    {
        if (input.Length == 0)
            return [mutator.AnyByte()];
        switch (mutator.Below(12))
        {
            case 0:
                return With(input, mutator.Below(input.Length), old => (byte)(old ^ (1 << mutator.Below(8))));
            case 1:
                return With(input, mutator.Below(input.Length), _ => mutator.AnyByte());
            case 2:
                return With(input, mutator.Below(input.Length), _ => mutator.OneOf(s_awkward));
            case 3:
                return input[..mutator.Below(input.Length)];
            case 4:
                return Insert(input, mutator.Below(input.Length), [.. Enumerable.Range(0, 1 + mutator.Below(16)).Select(_ => mutator.AnyByte())]);
            case 5:
                (int at, int length) = mutator.Slice(input.Length, LongestSlice);
                return [.. input.AsSpan(0, at), .. input.AsSpan(at + length)];
            case 6:
                (at, length) = mutator.Slice(input.Length, LongestSlice);
                return Insert(input, mutator.Below(input.Length), input.AsSpan(at, length));
            case 7:
                (at, length) = mutator.Slice(input.Length, 8);
                return Insert(input, at, [.. Enumerable.Repeat(input[at..(at + length)], 1 + mutator.Below(LongestSlice)).SelectMany(slice => slice)]);
            case 8:
                byte[] other = mutator.OneOf(seeds);
                return [.. input.AsSpan(0, mutator.Below(input.Length)), .. other.AsSpan(mutator.Below(other.Length))];
            case 9:
                (at, length) = mutator.Slice(input.Length, LongestSlice);
                byte[] moved = (byte[])input.Clone();
                input.AsSpan(at, length).CopyTo(moved.AsSpan(mutator.Below(input.Length - length + 1)));
                return moved;
            default:
                return WithNumber(input, mutator.Below(input.Length), mutator);
        }
    }

    /// <summary>Writes an awkward number of 1, 2, 4 or 8 bytes, or changes the one that is there a little, in either byte order.</summary>
    public static byte[] WithNumber(byte[] input, int at, Mutator mutator)
    {
        byte[] edited = (byte[])input.Clone();
        int size = Math.Min(1 << mutator.Below(4), edited.Length - at);
        Span<byte> place = edited.AsSpan(at, size);
        Span<byte> number = stackalloc byte[sizeof(long)];
        number.Clear();
        bool bigEndian = mutator.OneIn(2);
        place.CopyTo(number);
        if (bigEndian)
            number[..size].Reverse();
        long value = mutator.OneIn(3)
            ? BinaryPrimitives.ReadInt64LittleEndian(number) + mutator.Below(33) - 16
            : mutator.AwkwardNumber();
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        number[..size].CopyTo(place);
        if (bigEndian)
            place.Reverse();
        return edited;
    }

    /// <summary>Puts bytes in between.</summary>
    public static byte[] Insert(byte[] input, int at, ReadOnlySpan<byte> inserted) => [.. input.AsSpan(0, at), .. inserted, .. input.AsSpan(at)];

    private static byte[] With(byte[] input, int at, Func<byte, byte> change)
    {
        byte[] edited = (byte[])input.Clone();
        edited[at] = change(edited[at]);
        return edited;
    }
}
