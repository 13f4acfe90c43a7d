namespace MnistAdder.Serving.Images.Ink;

/// <summary>Finds the page that a digit is on where the image shows more: bars beside it, a margin round it, a printed frame.</summary>
/// <remarks>Assumes that a page is a rectangle along the image's sides, of one shade but for its ink, and that it has ink inside.</remarks>
internal static class Page
{
    private const int AnalysisSide = 256;
    private const int Deepest = 4;

    // In parts of the image's width and height.
    private const double LeastSide = 0.3;

    // An ellipse has 0.785.
    private const double LeastFilled = 0.88;
    private const double Hollow = 0.6;
    private const double GreatestRim = 0.15;
    private const double LeastDigit = 0.2;

    /// <summary>Finds the page.</summary>
    /// <param name="image">Grey levels.</param>
    /// <returns>Where it is; the whole image where there is no page in it.</returns>
    public static PixelBox Find(GreyPlane image)
    {
        var whole = new PixelBox(0, 0, image.Width, image.Height);
        int factor = ((image.LongSide - 1) / AnalysisSide) + 1;
        using var small = GreyPlane.Reduced(image.Levels, image.Width, whole, factor);
        var all = new PixelBox(0, 0, small.Width, small.Height);
        PixelBox area = all, page = all;
        for (int depth = 0; depth < Deepest; depth++)
        {
            using var part = GreyPlane.Reduced(small.Levels, small.Width, area, 1);
            if (!TryDescend(part, out PixelBox inner, out bool isRing))
                break;
            area = inner.Within(area);
            using var inside = GreyPlane.Reduced(small.Levels, small.Width, area, 1);
            if (HasDigit(inside, mayCross: !isRing))
                page = area;
        }

        return page == all ? whole : page.Enlarged(factor, 0, image.Width, image.Height).Inset(factor > 1 ? factor / 2 : 0);
    }

    private static bool TryDescend(GreyPlane image, out PixelBox inner, out bool isRing)
    {
        inner = default;
        isRing = false;
        using InkParts parts = Differences(image);
        int least = 0;
        foreach (InkPart part in parts.All)
        {
            PixelBox box = part.Box;
            if (box.Width < LeastSide * image.Width || box.Height < LeastSide * image.Height || box.Area <= least)
                continue;
            if (part.Contact is { Left: > 0, Top: > 0, Right: > 0, Bottom: > 0 } && box.Area > 0.98 * image.Levels.Length && part.Pixels > 0.5 * box.Area)
                continue;
            int filled = Filled(parts, part);
            if (filled < LeastFilled * box.Area)
                continue;
            bool hollow = filled - part.Pixels > Hollow * box.Area;
            int rim = hollow ? Thickness(parts, part) + 1 : Math.Max(1, box.LongSide / 60);
            if (box.ShortSide <= (2 * rim) + 8 || rim > GreatestRim * box.ShortSide)
                continue;
            inner = box.Inset(rim);
            isRing = hollow;
            least = box.Area;
        }

        return least > 0;
    }

    // Both lighter and darker than what most of the border shows.
    private static InkParts Differences(GreyPlane image)
    {
        var paper = Paper.Of(image);
        using var differences = new GreyPlane(image.Width, image.Height);
        double noise = paper.Noise();
        float[] shades = new float[image.Width];
        for (int y = 0; y < image.Height; y++)
        {
            paper.ShadesOfRow(y, shades);
            ReadOnlySpan<byte> levels = image.Row(y);
            Span<byte> row = differences.Row(y);
            for (int x = 0; x < row.Length; x++)
                row[x] = Math.Abs(shades[x] - levels[x]) > noise ? byte.MaxValue : (byte)0;
        }

        return InkParts.Of(differences, 0, 0);
    }

    private static bool HasDigit(GreyPlane image, bool mayCross)
    {
        using InkParts parts = Differences(image);
        foreach (InkPart part in parts.All)
        {
            if (part.Box.LongSide >= LeastDigit * image.LongSide && part.Solidity < 1 && (mayCross || !part.Contact.IsOnOppositeSides) && !DigitParts.IsRim(part, image.Width, image.Height))
                return true;
        }

        return false;
    }

    // Pixels of the part's box that are its own or that it encloses.
    private static int Filled(InkParts parts, InkPart part)
    {
        PixelBox box = part.Box;
        bool[] outside = new bool[box.Area];
        var stack = new Stack<int>();
        int filled = box.Area;
        for (int x = 0; x < box.Width; x++)
        {
            Visit(x, 0);
            Visit(x, box.Height - 1);
        }

        for (int y = 0; y < box.Height; y++)
        {
            Visit(0, y);
            Visit(box.Width - 1, y);
        }

        while (stack.TryPop(out int at))
        {
            (int y, int x) = Math.DivRem(at, box.Width);
            Visit(x - 1, y);
            Visit(x + 1, y);
            Visit(x, y - 1);
            Visit(x, y + 1);
        }

        return filled;

        void Visit(int x, int y)
        {
            if (x < 0 || y < 0 || x >= box.Width || y >= box.Height)
                return;
            int at = (y * box.Width) + x;
            if (outside[at] || parts.LabelAt(box.Left + x, box.Top + y) == part.Label)
                return;
            outside[at] = true;
            filled--;
            stack.Push(at);
        }
    }

    // Of a ring's four sides, each looked at in the middle half of it, the widest, as a quarter of its places show it: ink may touch it.
    private static int Thickness(InkParts parts, InkPart part)
    {
        PixelBox box = part.Box;
        int thickness = 0;
        foreach (bool fromEnd in (bool[])[false, true])
        {
            thickness = Math.Max(thickness, Quartile(box.Height, i => Run(box.Width, k => (fromEnd ? box.Right - 1 - k : box.Left + k, box.Top + i))));
            thickness = Math.Max(thickness, Quartile(box.Width, i => Run(box.Height, k => (box.Left + i, fromEnd ? box.Bottom - 1 - k : box.Top + k))));
        }

        return thickness;

        int Run(int length, Func<int, (int X, int Y)> place)
        {
            int first = 0;
            while (first < length && !IsPart(place(first)))
                first++;
            int end = first;
            while (end < length && IsPart(place(end)))
                end++;
            return end;
        }

        bool IsPart((int X, int Y) at) => parts.LabelAt(at.X, at.Y) == part.Label;

        static int Quartile(int length, Func<int, int> run)
        {
            int[] runs = [.. Enumerable.Range(length / 4, Math.Max(1, length / 2)).Select(run)];
            Array.Sort(runs);
            return runs[runs.Length / 4];
        }
    }
}
