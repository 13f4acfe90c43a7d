namespace MnistAdder.Serving.Images.Ink;

/// <summary>A rectangle of whole pixels.</summary>
internal readonly record struct PixelBox(int Left, int Top, int Width, int Height)
{
    public int LongSide => Math.Max(Width, Height);

    /// <summary>This box in the pixels of an image that is larger by a factor, with a margin, cut off at that image's edges.</summary>
    public PixelBox Enlarged(int factor, int margin, int width, int height)
    {
        int left = Math.Max(0, (Left * factor) - margin);
        int top = Math.Max(0, (Top * factor) - margin);
        int right = Math.Min(width, ((Left + Width) * factor) + margin);
        int bottom = Math.Min(height, ((Top + Height) * factor) + margin);
        return new PixelBox(left, top, right - left, bottom - top);
    }
}
