using SkiaSharp;

namespace MnistAdder.Serving.Images;

/// <summary>Turns and mirrors an image as its EXIF orientation says.</summary>
/// <remarks>Source: CIPA DC-008 (Exif 2.32), tag 0x0112.</remarks>
internal static class Orientation
{
    /// <summary>The upright image: the same one where it is upright already, else a new one in place of the given, which is disposed.</summary>
    public static GreyImage Upright(GreyImage image, SKEncodedOrigin origin)
    {
        if (origin is < SKEncodedOrigin.TopRight or > SKEncodedOrigin.LeftBottom)
            return image;

        using GreyImage lying = image;
        bool transposed = origin >= SKEncodedOrigin.LeftTop;
        bool mirroredAcross = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        bool mirroredDown = origin is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        var upright = transposed ? new GreyImage(lying.Height, lying.Width) : new GreyImage(lying.Width, lying.Height);
        upright.IsExact = lying.IsExact;
        for (int y = 0; y < upright.Height; y++)
        {
            Span<byte> row = upright.Row(y);
            for (int x = 0; x < upright.Width; x++)
            {
                (int column, int line) = transposed ? (y, x) : (x, y);
                if (mirroredAcross)
                    column = lying.Width - 1 - column;
                if (mirroredDown)
                    line = lying.Height - 1 - line;
                row[x] = lying.Levels[(line * lying.Width) + column];
            }
        }

        return upright;
    }
}
