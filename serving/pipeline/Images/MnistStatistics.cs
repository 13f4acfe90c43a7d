using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MnistAdder.Serving.Images;

/// <summary>Tells pictures that have what all of MNIST's have, so that they can be taken as they are.</summary>
/// <remarks>
/// Over its 70,000 images the greatest level is at least 254, the centre of mass lies at 13.48 to 14.50 from the first pixel's middle in
/// both directions, and the longer side of the ink is 19 or 20 pixels; of the 112 border pixels most are empty. Levels up to
/// <see cref="Faint"/> count as none, which changes none of these figures and leaves room for what JPEG adds.
/// </remarks>
internal static class MnistStatistics
{
    private const int Side = MnistGeometry.Side;
    private const byte Faint = 10;
    private const byte LeastFull = 254;
    private const int LeastBox = MnistGeometry.Box - 1;
    private const double LeastCentre = 13.4;
    private const double GreatestCentre = 14.6;

    // Two rows fit a vector: of its 64 lanes the first 28 are the upper row's and the next 28 the lower one's.
    private const int RowsAtOnce = 2;
    private const ulong RowBits = (1UL << Side) - 1;

    /// <summary>Whether a picture could be one of MNIST's.</summary>
    /// <param name="pixels">28×28 levels, 0 = background.</param>
    public static bool AreThoseOf(ReadOnlySpan<byte> pixels)
    {
        // Of each lane the sum and the greatest level, and the sum of k times the level over the pairs of rows k: at most 13 · 510 in 16 bits.
        Vector512<byte> greatest = default;
        Vector512<ushort> leftSums = default, rightSums = default;
        Vector512<uint> moments = default;
        ulong columns = 0;
        uint rows = 0;
        for (int k = 0; k < Side / RowsAtOnce; k++)
        {
            Vector512<byte> pair = Load(pixels, k);
            Vector512<byte> isInk = Vector512.GreaterThan(pair, Vector512.Create(Faint));
            ulong ink = isInk.ExtractMostSignificantBits();
            columns |= ink;
            rows |= ((ink & RowBits) != 0 ? 1u : 0) << (RowsAtOnce * k);
            rows |= (ink > RowBits ? 1u : 0) << ((RowsAtOnce * k) + 1);
            pair &= isInk;
            greatest = Vector512.Max(greatest, pair);
            (Vector512<ushort> left, Vector512<ushort> right) = Vector512.Widen(pair);
            leftSums += left;
            rightSums += right;
            (Vector512<uint> lower, Vector512<uint> upper) = Vector512.Widen((left + right) * (ushort)k);
            moments += lower + upper;
        }

        int width = Length((uint)((columns & RowBits) | (columns >> Side)));
        if (Math.Max(width, Length(rows)) is not (LeastBox or MnistGeometry.Box) || !Vector512.GreaterThanOrEqualAny(greatest, Vector512.Create(LeastFull)))
            return false;

        uint mass = 0, across = 0, down = RowsAtOnce * Vector512.Sum(moments);
        Vector512<uint> lane = Vector512<uint>.Indices;
        foreach (Vector512<ushort> sums in (ReadOnlySpan<Vector512<ushort>>)[leftSums, rightSums])
        {
            (Vector512<uint> lower, Vector512<uint> upper) = Vector512.Widen(sums);
            foreach (Vector512<uint> part in (ReadOnlySpan<Vector512<uint>>)[lower, upper])
            {
                Vector512<uint> isLower = Vector512.GreaterThanOrEqual(lane, Vector512.Create((uint)Side));
                Vector512<uint> ofLower = part & isLower;
                mass += Vector512.Sum(part);
                down += Vector512.Sum(ofLower);
                across += Vector512.Sum((part * lane) - (ofLower * (uint)Side));
                lane += Vector512.Create((uint)Vector512<uint>.Count);
            }
        }

        return IsCentral(down, mass) && IsCentral(across, mass);
    }

    // From the first bit that is set to the last.
    private static int Length(uint bits) => 32 - BitOperations.LeadingZeroCount(bits) - BitOperations.TrailingZeroCount(bits);

    private static bool IsCentral(uint moment, uint mass) => moment >= LeastCentre * mass && moment <= GreatestCentre * mass;

    // 56 levels and eight zeros. The last pair ends with the span, so that it is loaded with the end of the one before.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Load(ReadOnlySpan<byte> pixels, int k)
    {
        const int Length = RowsAtOnce * Side;
        ref byte first = ref MemoryMarshal.GetReference(pixels);
        Vector512<ulong> loaded = Vector512.LoadUnsafe(ref first, (nuint)Math.Min(k * Length, (Side * Side) - Vector512<byte>.Count)).AsUInt64();
        return k < (Side / RowsAtOnce) - 1
            ? (loaded & Vector512.Create(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0)).AsByte()
            : Vector512.Shuffle(loaded, Vector512.Create(1UL, 2, 3, 4, 5, 6, 7, 8)).AsByte();
    }
}
