using System.Numerics.Tensors;

namespace MnistAdder.Serving.Images.Ink;

/// <summary>Clears printed lines: rulings, squared paper, the sides of a table's cell.</summary>
/// <remarks>
/// Assumes that they are thin and straight, go through from side to side, nearly along the image's sides, and are parallel to each other.
/// Where a stroke crosses a line or touches it, both stay.
/// </remarks>
internal static class Rulings
{
    private const int AnalysisSide = 256;

    // In parts of a line's length: how much of it is seen, within what it reaches the sides, and by how much it may rise.
    private const double LeastSeen = 0.8;
    private const double EndShare = 0.04;
    private const double GreatestSlope = 0.05;

    // In parts of the image's longer side.
    private const double GreatestThickness = 0.06;

    // In parts of a line's length: how much of it is no thicker than a line. Where there are lines, others may be covered by the digit.
    private const double LeastThin = 0.65;
    private const double LeastThinBesideOthers = 0.35;

    /// <summary>Clears the lines in both directions.</summary>
    /// <param name="ink">Strengths of ink.</param>
    /// <param name="faint">A stronger pixel is ink.</param>
    /// <returns>How many lines there were.</returns>
    public static int Clear(GreyPlane ink, int faint)
    {
        int count = Clear(ink, faint, LeastThin);
        return count == 0 ? 0 : count + Clear(ink, faint, LeastThinBesideOthers);
    }

    private static int Clear(GreyPlane ink, int faint, double leastThin)
    {
        int count = 0;
        foreach (View view in (View[])[new View(ink, Down: false), new View(ink, Down: true)])
        {
            foreach (Line line in Find(view, faint))
                count += TryErase(view, faint, line, leastThin) ? 1 : 0;
        }

        return count;
    }

    // Counts ink along all lines of all slopes, in a reduced copy: the slope is that of which most is seen.
    private static List<Line> Find(View view, int faint)
    {
        int factor = ((view.LongSide - 1) / AnalysisSide) + 1;
        int length = (view.Length + factor - 1) / factor, extent = (view.Extent + factor - 1) / factor;
        ushort[] map = Map(view, faint, factor, length, extent);
        int end = Math.Max(1, (int)(EndShare * length));
        if (!map.AsSpan(0, end * extent).Contains((ushort)1) || !map.AsSpan((length - end) * extent).Contains((ushort)1))
            return [];

        int steepest = (int)Math.Ceiling(GreatestSlope * length);
        int bestRise = 0;
        double best = 0;
        ushort[] bestSeen = [], seen = new ushort[extent], atStart = new ushort[extent], atEnd = new ushort[extent];
        for (int rise = -steepest; rise <= steepest; rise++)
        {
            Count(0, length, seen);
            Count(0, end, atStart);
            Count(length - end, length, atEnd);
            double score = 0;
            for (int y = 0; y < extent; y++)
            {
                if (seen[y] < LeastSeen * length || atStart[y] == 0 || atEnd[y] == 0)
                    seen[y] = 0;
                score += (double)seen[y] * seen[y];
            }

            // Of two slopes that are as good the flatter one.
            score /= 1 + (0.002 * Math.Abs(rise));
            if (score > best)
                (best, bestRise, bestSeen) = (score, rise, [.. seen]);

            void Count(int from, int to, ushort[] counts)
            {
                Array.Clear(counts);
                for (int x = from; x < to; x++)
                {
                    int shift = Line.Shift(rise, x, length);
                    if (Math.Abs(shift) >= extent)
                        continue;
                    ReadOnlySpan<ushort> column = map.AsSpan(x * extent, extent);
                    Span<ushort> target = counts.AsSpan(Math.Max(0, -shift), extent - Math.Abs(shift));
                    TensorPrimitives.Add(target, column.Slice(Math.Max(0, shift), target.Length), target);
                }
            }
        }

        List<Line> lines = [];
        for (int y = 0; y < bestSeen.Length; y++)
        {
            int first = y;
            while (y < extent && bestSeen[y] > 0)
                y++;
            if (y > first)
                lines.Add(new Line(first * factor, Math.Min(view.Extent, y * factor), bestRise * factor));
        }

        return lines;
    }

    // 1 where any pixel of a square is ink; a column after the other. [length, extent]
    private static ushort[] Map(View view, int faint, int factor, int length, int extent)
    {
        ushort[] map = new ushort[length * extent];
        for (int x = 0; x < view.Length; x++)
        {
            for (int y = 0; y < view.Extent; y++)
            {
                if (view.At(x, y) > faint)
                    map[(x / factor * extent) + (y / factor)] = 1;
            }
        }

        return map;
    }

    private static bool TryErase(View view, int faint, Line line, double leastThin)
    {
        // Across the line at every place: the ink in it and what that is joined with.
        int[] starts = new int[view.Length], runs = new int[view.Length];
        for (int x = 0; x < view.Length; x++)
            (starts[x], runs[x]) = Run(view, faint, line.First + Line.Shift(line.Rise, x, view.Length), line.End + Line.Shift(line.Rise, x, view.Length), x);

        int[] seen = [.. runs.Where(run => run > 0).Order()];
        int thickness = seen.Length == 0 ? 0 : seen[seen.Length / 4];
        if (thickness == 0 || thickness > Math.Max(2, GreatestThickness * view.LongSide))
            return false;

        // From the line's first pixel to the middle of the ink, where it is thin: the same everywhere on a straight line.
        int[] thin = [.. Enumerable.Range(0, runs.Length).Where(x => runs[x] > 0 && runs[x] <= (thickness * 1.5) + 1)];
        double[] offsets = [.. thin.Select(x => starts[x] + (runs[x] / 2.0) - Line.Shift(line.Rise, x, view.Length))];
        double middle = offsets.Order().ElementAt(offsets.Length / 2);
        if (offsets.Count(offset => Math.Abs(offset - middle) <= Math.Max(1.5, thickness / 2.0)) < leastThin * view.Length)
            return false;

        foreach (int x in thin)
        {
            for (int y = starts[x]; y < starts[x] + runs[x]; y++)
                view.Clear(x, y);
        }

        return true;
    }

    private static (int Start, int Length) Run(View view, int faint, int first, int end, int x)
    {
        int start = -1, stop = -1;
        for (int y = Math.Max(0, first - 1); y < Math.Min(view.Extent, end + 1); y++)
        {
            if (view.At(x, y) <= faint)
                continue;
            start = start < 0 ? y : start;
            stop = y + 1;
        }

        if (start < 0)
            return default;
        while (start > 0 && view.At(x, start - 1) > faint)
            start--;
        while (stop < view.Extent && view.At(x, stop) > faint)
            stop++;
        return (start, stop - start);
    }

    // From First to End across, where it is halfway; over its length it rises by Rise.
    private readonly record struct Line(int First, int End, int Rise)
    {
        public static int Shift(int rise, int x, int length) => (int)Math.Round(rise * ((x / (double)Math.Max(1, length - 1)) - 0.5));
    }

    // An image with the lines along x, whatever their direction.
    private readonly record struct View(GreyPlane Ink, bool Down)
    {
        public int LongSide => Ink.LongSide;

        public int Length => Down ? Ink.Height : Ink.Width;

        public int Extent => Down ? Ink.Width : Ink.Height;

        public byte At(int x, int y) => Ink.Levels[Index(x, y)];

        public void Clear(int x, int y) => Ink.Levels[Index(x, y)] = 0;

        private int Index(int x, int y) => Down ? (x * Ink.Width) + y : (y * Ink.Width) + x;
    }
}
