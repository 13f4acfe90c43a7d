using System.Buffers;

namespace MnistAdder.Serving.Images.Ink;

/// <summary>The parts of connected ink in an image.</summary>
internal sealed class InkParts : IDisposable
{
    private readonly int[] _labels;
    private readonly int _width;
    private readonly List<InkPart> _all = [];

    private InkParts(GreyPlane ink)
    {
        _width = ink.Width;
        _labels = ArrayPool<int>.Shared.Rent(ink.Levels.Length);
        _labels.AsSpan(0, ink.Levels.Length).Clear();
    }

    /// <summary>All parts.</summary>
    public IReadOnlyList<InkPart> All => _all;

    /// <summary>Finds the parts.</summary>
    /// <param name="ink">Strengths of ink.</param>
    /// <param name="faint">A stronger pixel belongs to what it touches, with its eight neighbours.</param>
    /// <param name="strong">A part needs pixels above this, at least as strong as <paramref name="faint"/>.</param>
    public static InkParts Of(GreyPlane ink, int faint, int strong)
    {
        var parts = new InkParts(ink);
        int[] stack = ArrayPool<int>.Shared.Rent(ink.Levels.Length);
        ReadOnlySpan<byte> levels = ink.Levels;
        for (int start = 0; start < levels.Length; start++)
        {
            // Beginning at strong pixels leaves out parts that have none.
            if (levels[start] > strong && parts._labels[start] == 0)
                parts._all.Add(parts.Follow(ink, start, faint, strong, stack));
        }

        ArrayPool<int>.Shared.Return(stack);
        return parts;
    }

    /// <summary>The part that a pixel belongs to, 0 where it is none.</summary>
    public int LabelAt(int x, int y) => _labels[(y * _width) + x];

    /// <summary>How much of its box's sides a part runs along, 0 to 1: a page does along most of them, a digit touches them here and there.</summary>
    public double AlongBox(InkPart part)
    {
        PixelBox box = part.Box;
        int near = 1 + (box.LongSide / 40);
        int along = 0;
        for (int x = box.Left; x < box.Right; x++)
            along += (IsPart(x, box.Top, 0, 1) ? 1 : 0) + (IsPart(x, box.Bottom - 1, 0, -1) ? 1 : 0);
        for (int y = box.Top; y < box.Bottom; y++)
            along += (IsPart(box.Left, y, 1, 0) ? 1 : 0) + (IsPart(box.Right - 1, y, -1, 0) ? 1 : 0);
        return along / (2.0 * (box.Width + box.Height));

        bool IsPart(int x, int y, int stepX, int stepY)
        {
            for (int i = 0; i < Math.Min(near, box.ShortSide); i++)
            {
                if (LabelAt(x + (i * stepX), y + (i * stepY)) == part.Label)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Clears all but some parts.</summary>
    public void KeepOnly(IReadOnlyCollection<InkPart> kept, GreyPlane ink)
    {
        bool[] isKept = new bool[_all.Count + 1];
        foreach (InkPart part in kept)
            isKept[part.Label] = true;
        Span<byte> levels = ink.Levels;
        for (int i = 0; i < levels.Length; i++)
        {
            if (!isKept[_labels[i]])
                levels[i] = 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<int>.Shared.Return(_labels);

    private InkPart Follow(GreyPlane ink, int start, int faint, int strong, int[] stack)
    {
        ReadOnlySpan<byte> levels = ink.Levels;
        int label = _all.Count + 1, pixels = 0, strongPixels = 0, outline = 0, depth = 0;
        double energy = 0;
        int left = ink.Width, right = -1, top = ink.Height, bottom = -1;
        int atLeft = 0, atTop = 0, atRight = 0, atBottom = 0;
        stack[depth++] = start;
        _labels[start] = label;
        while (depth > 0)
        {
            int at = stack[--depth];
            (int y, int x) = Math.DivRem(at, ink.Width);
            pixels++;
            energy += levels[at] * levels[at];
            if (levels[at] > strong)
                strongPixels++;
            (left, right) = (Math.Min(left, x), Math.Max(right, x));
            (top, bottom) = (Math.Min(top, y), Math.Max(bottom, y));
            atLeft += x == 0 ? 1 : 0;
            atTop += y == 0 ? 1 : 0;
            atRight += x == ink.Width - 1 ? 1 : 0;
            atBottom += y == ink.Height - 1 ? 1 : 0;
            outline += x == 0 || levels[at - 1] <= faint ? 1 : 0;
            outline += y == 0 || levels[at - ink.Width] <= faint ? 1 : 0;
            outline += x == ink.Width - 1 || levels[at + 1] <= faint ? 1 : 0;
            outline += y == ink.Height - 1 || levels[at + ink.Width] <= faint ? 1 : 0;
            for (int nextY = Math.Max(0, y - 1); nextY <= Math.Min(ink.Height - 1, y + 1); nextY++)
            {
                for (int nextX = Math.Max(0, x - 1); nextX <= Math.Min(ink.Width - 1, x + 1); nextX++)
                {
                    int next = (nextY * ink.Width) + nextX;
                    if (levels[next] <= faint || _labels[next] != 0)
                        continue;
                    _labels[next] = label;
                    stack[depth++] = next;
                }
            }
        }

        var box = new PixelBox(left, top, right - left + 1, bottom - top + 1);
        return new InkPart(label, box, pixels, strongPixels, energy, outline, new Contact(atLeft, atTop, atRight, atBottom));
    }
}
