using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images;

/// <summary>Digits as strokes, drawn with pens of every kind on paper of every kind.</summary>
internal static class DrawnDigits
{
    // In a unit square, as SVG paths.
    private static readonly string[] s_strokes =
    [
        "M .5 0 C .15 0 .15 1 .5 1 C .85 1 .85 0 .5 0 Z",
        "M .35 .2 L .55 0 L .55 1",
        "M .2 .25 C .2 -.08 .8 -.08 .8 .28 C .8 .5 .4 .75 .2 1 L .85 1",
        "M .2 .1 C .5 -.1 .85 .05 .75 .3 C .7 .45 .5 .47 .4 .47 C .6 .47 .85 .55 .8 .8 C .75 1.02 .4 1.05 .2 .9",
        "M .65 1 L .65 0 L .15 .65 L .9 .65",
        "M .8 0 L .3 0 L .25 .45 C .5 .3 .85 .4 .8 .7 C .75 1.02 .4 1.05 .2 .9",
        "M .7 0 C .4 .2 .2 .5 .22 .75 C .25 1.08 .75 1.08 .76 .75 C .77 .45 .35 .45 .24 .7",
        "M .15 0 L .85 0 L .45 1",
        "M .5 .47 C .15 .4 .2 0 .5 0 C .8 0 .85 .4 .5 .47 C .1 .55 .15 1 .5 1 C .85 1 .9 .55 .5 .47 Z",
        "M .78 .3 C .75 .55 .25 .55 .25 .27 C .25 -.07 .75 -.07 .78 .27 C .8 .5 .75 .8 .6 1",
    ];

    /// <summary>A canvas of plain paper.</summary>
    public static SKBitmap Sheet(int width, int height, SKColor paper)
    {
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Bgra8888, SKAlphaType.Unpremul));
        bitmap.Erase(paper);
        return bitmap;
    }

    /// <summary>Draws a digit into a box.</summary>
    public static SKBitmap Draw(this SKBitmap bitmap, int digit, SKRect box, float penWidth, SKColor ink)
    {
        using var canvas = new SKCanvas(bitmap);
        using var path = SKPath.ParseSvgPathData(s_strokes[digit]);
        path.Transform(SKMatrix.CreateScaleTranslation(box.Width, box.Height, box.Left, box.Top));
        canvas.Draw(path, penWidth, ink);
        return bitmap;
    }

    /// <summary>Draws a stroke with a round pen.</summary>
    public static void Draw(this SKCanvas canvas, SKPath stroke, float penWidth, SKColor ink)
    {
        using var pen = new SKPaint
        {
            Style = SKPaintStyle.Stroke,
            StrokeWidth = penWidth,
            StrokeCap = SKStrokeCap.Round,
            StrokeJoin = SKStrokeJoin.Round,
            IsAntialias = true,
            Color = ink,
        };
        canvas.DrawPath(stroke, pen);
    }

    /// <summary>A digit's stroke as another hand writes it, leaning and turned a little, from the top of a box to its bottom.</summary>
    public static SKPath Stroke(int digit, SKRect box, Random hand)
    {
        var path = SKPath.ParseSvgPathData(s_strokes[digit]);
        path.Transform(SKMatrix.CreateScale(box.Width, box.Height));
        path.Transform(SKMatrix.CreateSkew(hand.Between(-0.2, 0.05), 0));
        path.Transform(SKMatrix.CreateRotationDegrees(hand.Between(-5, 5)));
        SKRect bounds = path.TightBounds;
        // Narrower rather than wider than the box; a one stays narrow.
        float scaleX = Math.Min(1, box.Width / bounds.Width), scaleY = box.Height / bounds.Height;
        path.Transform(SKMatrix.CreateScaleTranslation(scaleX, scaleY, box.MidX - (scaleX * bounds.MidX), box.MidY - (scaleY * bounds.MidY)));
        return path;
    }

    /// <summary>Lights a picture from the upper left, with the corners in the dark, and gives it a sensor's noise.</summary>
    public static SKBitmap Photograph(this SKBitmap bitmap, double darkest, double noise, Random? random = null)
    {
        random ??= new Random(11);
        SKColor[] colours = bitmap.Pixels;
        for (int i = 0; i < colours.Length; i++)
        {
            double fromLight = ((double)(i % bitmap.Width) / bitmap.Width) + ((double)(i / bitmap.Width) / bitmap.Height);
            double light = 1 - ((1 - darkest) * fromLight / 2);
            double grain = noise * Normal(random);
            colours[i] = new SKColor(Shade(colours[i].Red), Shade(colours[i].Green), Shade(colours[i].Blue));

            byte Shade(byte level) => (byte)Math.Clamp((level * light) + grain, 0, 255);
        }

        bitmap.Pixels = colours;
        return bitmap;
    }

    public static byte[] Encoded(this SKBitmap bitmap, SKEncodedImageFormat format = SKEncodedImageFormat.Png, int quality = 100)
    {
        using (bitmap)
        {
            using SKData data = bitmap.Encode(format, quality);
            return data.ToArray();
        }
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
