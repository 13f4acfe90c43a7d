using System.Diagnostics.CodeAnalysis;

namespace MnistAdder.Serving.Images.Ink;

/// <summary>Gives thin strokes the width that MNIST's have.</summary>
/// <remarks>A pencil line of a fiftieth of the digit's height would be a grey shadow once it is scaled into 20×20.</remarks>
internal static class StrokeWidth
{
    /// <summary>Widens strokes that would be too thin once the digit is scaled into MNIST's box.</summary>
    /// <param name="ink">The digit, cropped, with strengths 0…255.</param>
    /// <param name="thin">Mean width below which strokes are too thin, in pixels of MNIST's box.</param>
    /// <param name="wanted">The width that those get, in pixels of MNIST's box.</param>
    /// <param name="wider">The digit with wider strokes and a margin for them, which the caller disposes.</param>
    /// <returns>Whether it had to be widened.</returns>
    public static bool TryWiden(GreyPlane ink, double thin, double wanted, [NotNullWhen(true)] out GreyPlane? wider)
    {
        double perPixel = (double)MnistGeometry.Box / ink.LongSide;
        double width = Measure(ink) * perPixel;
        if (width >= thin)
        {
            wider = null;
            return false;
        }

        double radius = (wanted - width) / 2 / perPixel;
        wider = Dilate(ink, radius);
        return true;
    }

    /// <summary>Mean width of the strokes in pixels: a long stroke's area is half its outline times its width.</summary>
    public static double Measure(GreyPlane ink)
    {
        double area = 0, outline = 0;
        for (int y = 0; y <= ink.Height; y++)
        {
            for (int x = 0; x <= ink.Width; x++)
            {
                int level = Level(ink, x, y);
                int across = level - Level(ink, x - 1, y);
                int down = level - Level(ink, x, y - 1);
                area += level;
                outline += Math.Sqrt((across * across) + (down * down));
            }
        }

        return outline == 0 ? 0 : 2 * area / outline;

        static int Level(GreyPlane ink, int x, int y) => x < 0 || y < 0 || x >= ink.Width || y >= ink.Height ? 0 : ink.Row(y)[x];
    }

    // Each pixel takes the strongest level within the radius.
    private static GreyPlane Dilate(GreyPlane ink, double radius)
    {
        int margin = (int)Math.Ceiling(radius);
        var wider = new GreyPlane(ink.Width + (2 * margin), ink.Height + (2 * margin));
        for (int shiftY = -margin; shiftY <= margin; shiftY++)
        {
            double rest = (radius * radius) - (shiftY * shiftY);
            if (rest < 0)
                continue;
            int reach = (int)Math.Sqrt(rest);
            for (int y = 0; y < ink.Height; y++)
            {
                ReadOnlySpan<byte> source = ink.Row(y);
                Span<byte> target = wider.Row(y + margin + shiftY);
                for (int shiftX = -reach; shiftX <= reach; shiftX++)
                {
                    Span<byte> shifted = target.Slice(margin + shiftX, source.Length);
                    System.Numerics.Tensors.TensorPrimitives.Max(source, shifted, shifted);
                }
            }
        }

        return wider;
    }
}
