namespace MnistAdder.Serving.Images.Png;

/// <summary>Undoes PNG's filters of one byte a pixel.</summary>
/// <remarks>Source: ISO/IEC 15948 (PNG), 9.2.</remarks>
internal static class ScanlineFilter
{
    /// <summary>Undoes the filter of one row.</summary>
    /// <param name="filter">The filter's type, 0…4.</param>
    /// <param name="filtered">The row as it was stored.</param>
    /// <param name="above">The finished row above; zeros for the first row.</param>
    /// <param name="row">Receives the finished row.</param>
    /// <returns>Whether the type is one of the five.</returns>
    public static bool TryUndo(byte filter, ReadOnlySpan<byte> filtered, ReadOnlySpan<byte> above, Span<byte> row)
    {
        filtered = filtered[..row.Length];
        above = above[..row.Length];
        switch (filter)
        {
            case 0:
                filtered.CopyTo(row);
                return true;
            case 1:
                Sub(filtered, row);
                return true;
            case 2:
                for (int x = 0; x < row.Length; x++)
                    row[x] = (byte)(filtered[x] + above[x]);
                return true;
            case 3:
                Average(filtered, above, row);
                return true;
            case 4:
                Paeth(filtered, above, row);
                return true;
            default:
                return false;
        }
    }

    private static void Sub(ReadOnlySpan<byte> filtered, Span<byte> row)
    {
        byte left = 0;
        for (int x = 0; x < row.Length; x++)
            row[x] = left = (byte)(filtered[x] + left);
    }

    private static void Average(ReadOnlySpan<byte> filtered, ReadOnlySpan<byte> above, Span<byte> row)
    {
        byte left = 0;
        for (int x = 0; x < row.Length; x++)
            row[x] = left = (byte)(filtered[x] + ((left + above[x]) >> 1));
    }

    private static void Paeth(ReadOnlySpan<byte> filtered, ReadOnlySpan<byte> above, Span<byte> row)
    {
        int left = 0, corner = 0;
        for (int x = 0; x < row.Length; x++)
        {
            int up = above[x];
            int byLeft = Math.Abs(up - corner);
            int byUp = Math.Abs(left - corner);
            int byCorner = Math.Abs(left + up - (2 * corner));
            int nearest = byUp <= byCorner ? up : corner;
            if (byLeft <= byUp && byLeft <= byCorner)
                nearest = left;
            left = (byte)(filtered[x] + nearest);
            row[x] = (byte)left;
            corner = up;
        }
    }
}
