namespace MnistAdder.Serving.Images.Ink;

/// <summary>Chooses the parts of an image's ink that are the digit.</summary>
/// <remarks>
/// Assumes that the digit's largest part is the longest of those that are no filled shapes, in the middle rather than at the border,
/// and that its other parts are near. What runs along the border is the rim of something else.
/// </remarks>
internal static class DigitParts
{
    // A part with less than this share of the largest one's strong pixels is dust. The bar of a 5 has a fifth.
    private const double LeastShare = 0.04;

    // In parts of the image: how far what is cut off by the border reaches in, and how thick what frames the image is.
    private const double RimDepth = 0.12;
    private const double StripDepth = 0.25;
    private const double FrameThickness = 0.15;

    // How much of a strip's own length lies on the border, and of the border's side on a frame.
    private const double StripContact = 0.4;
    private const double FrameContact = 0.9;

    // Of two parts that are as long, how much the border and a filled shape count against one.
    private const double BorderDoubt = 0.4;
    private const double SolidDoubt = 0.7;

    // In parts of the digit's longer side: how far its parts are from each other.
    private const double NearStroke = 0.2;
    private const double NearBlob = 0.1;

    /// <summary>Chooses the digit's parts.</summary>
    /// <param name="parts">All parts.</param>
    /// <param name="leastPixels">The fewest strong pixels of a stroke.</param>
    /// <param name="width">Width of the image.</param>
    /// <param name="height">Height of the image.</param>
    /// <returns>The parts, the main one first; none where all are dust.</returns>
    public static List<InkPart> Choose(IReadOnlyList<InkPart> parts, int leastPixels, int width, int height)
    {
        var able = parts.Where(part => part.Strong >= leastPixels).ToList();
        if (able.Count == 0)
            return [];
        var inner = able.Where(part => !IsRim(part, width, height)).ToList();
        if (inner.Count == 0)
            inner = able;
        InkPart main = inner.MaxBy(part => Likelihood(part, width, height));
        List<InkPart> digit = [main];
        PixelBox box = main.Box;
        int least = (int)Math.Ceiling(LeastShare * main.Strong);
        var rest = inner.Where(part => part != main && part.Strong >= least).ToList();
        while (rest.FindIndex(part => IsNear(part, box)) is >= 0 and int next)
        {
            digit.Add(rest[next]);
            box = box.Union(rest[next].Box);
            rest.RemoveAt(next);
        }

        return digit;
    }

    /// <summary>Whether a part runs along the image's border.</summary>
    public static bool IsRim(InkPart part, int width, int height)
    {
        Contact contact = part.Contact;
        if (contact.Total == 0)
            return false;
        return IsAlong(contact.Left, part.Box.Height, part.Box.Width, width)
            || IsAlong(contact.Right, part.Box.Height, part.Box.Width, width)
            || IsAlong(contact.Top, part.Box.Width, part.Box.Height, height)
            || IsAlong(contact.Bottom, part.Box.Width, part.Box.Height, height)
            || IsFrame(part, width, height);
    }

    private static bool IsAlong(int contact, int along, int depth, int extent) =>
        contact > 0 && (depth <= RimDepth * extent || (contact >= StripContact * along && depth <= StripDepth * extent));

    // Along two sides or more, all of them.
    private static bool IsFrame(InkPart part, int width, int height)
    {
        Contact contact = part.Contact;
        int sides = 0, length = 0;
        foreach ((int onSide, int extent) in ((int, int)[])[(contact.Left, height), (contact.Top, width), (contact.Right, height), (contact.Bottom, width)])
        {
            if (onSide >= FrameContact * extent)
            {
                sides++;
                length += extent;
            }
        }

        return sides >= 2 && part.Pixels <= FrameThickness * Math.Min(width, height) * length;
    }

    // Long, in the middle, with strokes rather than a filled shape.
    private static double Likelihood(InkPart part, int width, int height)
    {
        PixelBox box = part.Box;
        double offX = Math.Abs((box.Left + (box.Width / 2.0)) / width - 0.5);
        double offY = Math.Abs((box.Top + (box.Height / 2.0)) / height - 0.5);
        return box.LongSide * (1 - Math.Max(offX, offY)) * (part.Contact.Total == 0 ? 1 : 1 - BorderDoubt) * (1 - (SolidDoubt * part.Solidity));
    }

    private static bool IsNear(InkPart part, PixelBox digit) => part.Box.Gap(digit) <= (part.Solidity > 0.5 ? NearBlob : NearStroke) * digit.LongSide;
}
