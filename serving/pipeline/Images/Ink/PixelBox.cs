namespace MnistAdder.Serving.Images.Ink;

/// <summary>A rectangle of whole pixels.</summary>
internal readonly record struct PixelBox(int Left, int Top, int Width, int Height)
{
    public int LongSide => Math.Max(Width, Height);

    public int ShortSide => Math.Min(Width, Height);

    public int Area => Width * Height;

    public int Right => Left + Width;

    public int Bottom => Top + Height;

    /// <summary>This box in the pixels of an image that is larger by a factor, with a margin, cut off at that image's edges.</summary>
    public PixelBox Enlarged(int factor, int margin, int width, int height)
    {
        int left = Math.Max(0, (Left * factor) - margin);
        int top = Math.Max(0, (Top * factor) - margin);
        int right = Math.Min(width, (Right * factor) + margin);
        int bottom = Math.Min(height, (Bottom * factor) + margin);
        return new PixelBox(left, top, right - left, bottom - top);
    }

    /// <summary>This box without a rim; at least a pixel stays.</summary>
    public PixelBox Inset(int rim)
    {
        int across = Math.Min(rim, (Width - 1) / 2), down = Math.Min(rim, (Height - 1) / 2);
        return new PixelBox(Left + across, Top + down, Width - (2 * across), Height - (2 * down));
    }

    /// <summary>This box, which is part of another, in the pixels of what the other is part of.</summary>
    public PixelBox Within(PixelBox outer) => this with { Left = Left + outer.Left, Top = Top + outer.Top };

    /// <summary>The smallest box around both.</summary>
    public PixelBox Union(PixelBox other)
    {
        int left = Math.Min(Left, other.Left), top = Math.Min(Top, other.Top);
        return new PixelBox(left, top, Math.Max(Right, other.Right) - left, Math.Max(Bottom, other.Bottom) - top);
    }

    /// <summary>Pixels between this box and another along the wider gap; 0 where they touch or overlap.</summary>
    public int Gap(PixelBox other) => Math.Max(GapAcross(other), GapDown(other));

    /// <summary>Pixels between this box and one beside it; 0 where there are none.</summary>
    public int GapAcross(PixelBox other) => Math.Max(0, Math.Max(other.Left - Right, Left - other.Right));

    /// <summary>Pixels between this box and one above or below it; 0 where there are none.</summary>
    public int GapDown(PixelBox other) => Math.Max(0, Math.Max(other.Top - Bottom, Top - other.Bottom));
}
