using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images;

/// <summary>A picture in the making: paper, the ink of its writer, and the random numbers that it is drawn by. Encoding it ends it.</summary>
internal sealed class Page : IDisposable
{
    private readonly SKBitmap _bitmap;
    private readonly SKCanvas _canvas;

    public Page(Random random, int width, int height, SKColor paper, SKColor ink)
    {
        Random = random;
        Ink = ink;
        Bounds = new SKRect(0, 0, width, height);
        _bitmap = DrawnDigits.Sheet(width, height, paper);
        _canvas = new SKCanvas(_bitmap);
    }

    public Random Random { get; }

    public SKColor Ink { get; }

    public SKRect Bounds { get; }

    /// <summary>The shorter side in pixels, by which lines and specks are measured.</summary>
    public float Unit => Math.Min(Bounds.Width, Bounds.Height);

    /// <summary>A sheet of light paper with a dark pen.</summary>
    public static Page Sheet(Random random, int least = 90, int most = 600)
    {
        int height = random.Size(least, most);
        return new Page(random, (int)(height * random.Between(0.7, 1.3)), height, random.Paper(), random.DarkInk());
    }

    /// <summary>A page that ends at given distances from a stroke's middle line.</summary>
    public static Page Around(Random random, SKPath stroke, SKRect margins, float penWidth, SKColor paper, SKColor ink)
    {
        SKRect bounds = stroke.TightBounds;
        stroke.Transform(SKMatrix.CreateTranslation(margins.Left - bounds.Left, margins.Top - bounds.Top));
        int width = (int)MathF.Round(bounds.Width + margins.Left + margins.Right);
        int height = (int)MathF.Round(bounds.Height + margins.Top + margins.Bottom);
        var page = new Page(random, width, height, paper, ink);
        page._canvas.Draw(stroke, penWidth, ink);
        return page;
    }

    /// <summary>Writes a digit that takes a share of an area's height, somewhere in it; the pen's width is a share of the digit's height.</summary>
    public Page Write(int digit, SKRect area, double least = 0.45, double most = 0.75, double? pen = null)
    {
        float share = pen is { } given ? (float)given : Random.Pen();
        float height = Math.Min(area.Height, area.Width * 1.4f) * Random.Between(least, most) / (1 + share);
        float width = height * Random.Between(0.5, 0.7), penWidth = Math.Max(1.2f, height * share);
        float left = Random.Between(area.Left + (penWidth / 2), area.Right - width - (penWidth / 2));
        float top = Random.Between(area.Top + (penWidth / 2), area.Bottom - height - (penWidth / 2));
        return Write(digit, SKRect.Create(left, top, width, height), penWidth, Ink);
    }

    /// <summary>Writes a digit into a box.</summary>
    public Page Write(int digit, SKRect box, float penWidth, SKColor ink)
    {
        using SKPath stroke = DrawnDigits.Stroke(digit, box, Random);
        _canvas.Draw(stroke, penWidth, ink);
        return this;
    }

    public void Line(SKPoint from, SKPoint to, float width, SKColor colour)
    {
        using var paint = new SKPaint { StrokeWidth = width, Color = colour, IsAntialias = true };
        _canvas.DrawLine(from, to, paint);
    }

    public void Outline(SKRect rectangle, float width, SKColor colour, float radius = 0)
    {
        using var paint = new SKPaint { Style = SKPaintStyle.Stroke, StrokeWidth = width, Color = colour, IsAntialias = true };
        _canvas.DrawRoundRect(rectangle, radius, radius, paint);
    }

    public void Fill(SKRect rectangle, SKColor colour)
    {
        using var paint = new SKPaint { Color = colour };
        _canvas.DrawRect(rectangle, paint);
    }

    public void FillOval(SKRect rectangle, SKColor colour)
    {
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        _canvas.DrawOval(rectangle, paint);
    }

    /// <summary>Fills a polygon whose edge is blurred by a standard deviation in pixels.</summary>
    public void Fill(SKPoint[] polygon, SKColor colour, float softness = 0)
    {
        using var path = new SKPath();
        path.AddPoly(polygon);
        using SKMaskFilter? blur = softness > 0 ? SKMaskFilter.CreateBlur(SKBlurStyle.Normal, softness) : null;
        using var paint = new SKPaint { Color = colour, IsAntialias = true, MaskFilter = blur };
        _canvas.DrawPath(path, paint);
    }

    /// <summary>Lays another picture, which ends with that, on this one.</summary>
    public Page Paste(Page other, float left, float top)
    {
        using (other)
            _canvas.DrawBitmap(other._bitmap, left, top);
        return this;
    }

    /// <summary>Turns what is drawn from here on about the middle.</summary>
    public void Turn(float degrees) => _canvas.RotateDegrees(degrees, Bounds.MidX, Bounds.MidY);

    /// <summary>Draws upright again.</summary>
    public void TurnBack() => _canvas.ResetMatrix();

    public Page Blur(float sigma)
    {
        using SKBitmap sharp = _bitmap.Copy();
        using var filter = SKImageFilter.CreateBlur(sigma, sigma, SKShaderTileMode.Clamp, null);
        using var paint = new SKPaint { ImageFilter = filter };
        _canvas.DrawBitmap(sharp, 0, 0, paint);
        return this;
    }

    /// <summary>Lights and grains the picture, see <see cref="DrawnDigits.Photograph"/>.</summary>
    public Page Photograph(double darkest, double noise)
    {
        _bitmap.Photograph(darkest, noise, Random);
        return this;
    }

    /// <summary>The finished picture as PNG or JPEG.</summary>
    public byte[] Encoded()
    {
        using (this)
            return Random.Chance(0.6) ? _bitmap.Encoded() : _bitmap.Encoded(SKEncodedImageFormat.Jpeg, Random.Next(60, 96));
    }

    /// <summary>The finished picture as an 8-bit PNG without colour.</summary>
    public byte[] EncodedGrey()
    {
        using (this)
            return _bitmap.Copy(SKColorType.Gray8).Encoded();
    }

    public void Dispose()
    {
        _canvas.Dispose();
        _bitmap.Dispose();
    }
}

/// <summary>Choices that pictures are drawn by.</summary>
internal static class RandomChoices
{
    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;

    public static float Between(this Random random, double least, double most) => (float)(least + (random.NextDouble() * (most - least)));

    /// <summary>A length in pixels whose logarithm is uniform: as many small pictures as large ones.</summary>
    public static int Size(this Random random, int least, int most) => (int)(least * Math.Pow((double)most / least, random.NextDouble()));

    public static SKColor Grey(this Random random, int least, int most)
    {
        byte level = (byte)random.Next(least, most + 1);
        return new SKColor(level, level, level);
    }

    /// <summary>White or nearly, now and then as grey as recycled paper, often with a tinge.</summary>
    public static SKColor Paper(this Random random)
    {
        if (random.Chance(0.35))
            return SKColors.White;
        int level = random.Chance(0.75) ? random.Next(225, 251) : random.Next(180, 225);
        return new SKColor((byte)level, (byte)(level - random.Next(0, 6)), (byte)(level - random.Next(0, 16)));
    }

    /// <summary>Pencil, or a black, blue or red pen.</summary>
    public static SKColor DarkInk(this Random random) => random.Next(4) switch
    {
        0 => SKColors.Black,
        1 => random.Grey(10, 80),
        2 => new SKColor((byte)random.Next(0, 50), (byte)random.Next(0, 60), (byte)random.Next(80, 170)),
        _ => new SKColor((byte)random.Next(90, 170), (byte)random.Next(0, 40), (byte)random.Next(0, 40)),
    };

    /// <summary>A pen's width as a share of a digit's height.</summary>
    public static float Pen(this Random random) => random.Between(0.04, 0.14);
}
