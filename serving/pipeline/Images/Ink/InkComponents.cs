using System.Buffers;

namespace MnistAdder.Serving.Images.Ink;

/// <summary>Tells the digit's strokes from dust: parts of connected ink that hold together and are large enough.</summary>
internal static class InkComponents
{
    // A part with less than this share of the largest one's strong pixels is dust. The bar of a 5 has a fifth.
    private const double LeastShare = 0.04;

    /// <summary>Clears all but the strokes.</summary>
    /// <param name="ink">Strengths of ink; what belongs to no stroke becomes 0.</param>
    /// <param name="faint">A stronger pixel belongs to what it touches, with its eight neighbours.</param>
    /// <param name="strong">A connected part needs pixels above this.</param>
    /// <param name="leastPixels">The fewest strong pixels of a stroke.</param>
    /// <param name="box">Where the strokes are.</param>
    /// <returns>Whether there are any.</returns>
    public static bool TryKeepStrokes(in GreyPlane ink, int faint, int strong, int leastPixels, out PixelBox box)
    {
        int[] stack = ArrayPool<int>.Shared.Rent(ink.Levels.Length);
        int[] parts = ArrayPool<int>.Shared.Rent(ink.Levels.Length);
        try
        {
            Span<int> partOf = parts.AsSpan(0, ink.Levels.Length);
            List<int> sizes = Label(ink, faint, strong, partOf, stack);
            int least = Math.Max(leastPixels, (int)Math.Ceiling(LeastShare * sizes.Max()));
            return TryErase(ink, partOf, sizes, least, out box);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(stack);
            ArrayPool<int>.Shared.Return(parts);
        }
    }

    // Part 0 is the paper. The answer holds each part's number of strong pixels.
    private static List<int> Label(in GreyPlane ink, int faint, int strong, Span<int> partOf, int[] stack)
    {
        ReadOnlySpan<byte> levels = ink.Levels;
        List<int> sizes = [0];
        partOf.Clear();
        for (int start = 0; start < levels.Length; start++)
        {
            // Beginning at strong pixels leaves out parts that have none.
            if (levels[start] <= strong || partOf[start] != 0)
                continue;
            int part = sizes.Count;
            int size = 0;
            int depth = 0;
            stack[depth++] = start;
            partOf[start] = part;
            while (depth > 0)
            {
                int at = stack[--depth];
                if (levels[at] > strong)
                    size++;
                (int y, int x) = Math.DivRem(at, ink.Width);
                for (int nextY = Math.Max(0, y - 1); nextY <= Math.Min(ink.Height - 1, y + 1); nextY++)
                {
                    for (int nextX = Math.Max(0, x - 1); nextX <= Math.Min(ink.Width - 1, x + 1); nextX++)
                    {
                        int next = (nextY * ink.Width) + nextX;
                        if (levels[next] <= faint || partOf[next] != 0)
                            continue;
                        partOf[next] = part;
                        stack[depth++] = next;
                    }
                }
            }

            sizes.Add(size);
        }

        return sizes;
    }

    private static bool TryErase(in GreyPlane ink, ReadOnlySpan<int> partOf, List<int> sizes, int least, out PixelBox box)
    {
        int left = ink.Width, right = -1, top = ink.Height, bottom = -1;
        for (int y = 0; y < ink.Height; y++)
        {
            Span<byte> row = ink.Row(y);
            for (int x = 0; x < row.Length; x++)
            {
                if (sizes[partOf[(y * ink.Width) + x]] < least)
                {
                    row[x] = 0;
                    continue;
                }

                left = Math.Min(left, x);
                right = Math.Max(right, x);
                top = Math.Min(top, y);
                bottom = y;
            }
        }

        box = new PixelBox(left, top, right - left + 1, bottom - top + 1);
        return bottom >= 0;
    }
}
