using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images;

/// <summary>What else is on a page: each method draws it and says where there is room for a digit.</summary>
internal static class Surroundings
{
    /// <summary>A printed box, some of it beyond the picture's edge now and then.</summary>
    public static SKRect Frame(this Page page)
    {
        Random random = page.Random;
        float width = random.Chance(0.5) ? random.Next(1, 5) : Math.Max(1, page.Unit * random.Between(0.006, 0.04));
        bool cut = random.Chance(0.3);
        SKRect box = page.Inset(() => cut && random.Chance(0.6) ? random.Between(-0.3, 0.3) * width : page.Unit * random.Between(0.02, 0.12));
        page.Turn(random.Chance(0.25) ? random.Between(-1.5, 1.5) : 0);
        page.Outline(box, width, page.LineColour(), random.Chance(0.2) ? page.Unit * 0.05f : 0);
        page.TurnBack();
        float room = (width / 2) + (0.04f * page.Unit);
        return SKRect.Inflate(box, -room, -room);
    }

    /// <summary>Lines of a table along one to four sides, as they are when a cell is cut out of it.</summary>
    public static SKRect Cell(this Page page)
    {
        Random random = page.Random;
        float width = random.Chance(0.5) ? random.Next(1, 4) : Math.Max(1, page.Unit * random.Between(0.005, 0.02));
        SKColor colour = page.LineColour();
        SKRect bounds = page.Bounds, cell = page.Inset(() => page.Unit * random.Between(0, 0.1));
        int sides = random.Next(1, 16);
        // Some digits are written over a line a little.
        float room = width + (page.Unit * random.Between(-0.06, 0.05));
        SKRect free = SKRect.Inflate(cell, -room, -room);
        if ((sides & 1) != 0)
            page.Line(new(cell.Left, bounds.Top), new(cell.Left, bounds.Bottom), width, colour);
        if ((sides & 2) != 0)
            page.Line(new(bounds.Left, cell.Top), new(bounds.Right, cell.Top), width, colour);
        if ((sides & 4) != 0)
            page.Line(new(cell.Right, bounds.Top), new(cell.Right, bounds.Bottom), width, colour);
        if ((sides & 8) != 0)
            page.Line(new(bounds.Left, cell.Bottom), new(bounds.Right, cell.Bottom), width, colour);
        return free;
    }

    /// <summary>A strip of the desk, or of another sheet, along one side or two that meet.</summary>
    public static SKRect Desk(this Page page)
    {
        Random random = page.Random;
        SKColor desk = random.Next(3) switch
        {
            0 => random.Grey(5, 90),
            1 => new SKColor((byte)random.Next(70, 150), (byte)random.Next(50, 90), (byte)random.Next(20, 50)),
            _ => random.Grey(90, 150),
        };
        SKRect bounds = page.Bounds, free = bounds;
        int first = random.Next(4), strips = random.Next(1, 3);
        for (int i = 0; i < strips; i++)
        {
            bool upright = (first + i) % 2 == 0, far = random.Chance(0.5);
            float extent = upright ? bounds.Width : bounds.Height;
            float from = extent * random.Between(0.03, 0.14), to = Math.Max(1, from + (extent * random.Between(-0.03, 0.03)));
            float length = upright ? bounds.Height : bounds.Width;
            page.Fill([.. new SKPoint[] { new(0, 0), new(from, 0), new(to, length), new(0, length) }.Select(Place)], desk);
            float taken = Math.Max(from, to);
            free = (upright, far) switch
            {
                (true, false) => new(taken, free.Top, free.Right, free.Bottom),
                (true, true) => new(free.Left, free.Top, bounds.Right - taken, free.Bottom),
                (false, false) => new(free.Left, taken, free.Right, free.Bottom),
                (false, true) => new(free.Left, free.Top, free.Right, bounds.Bottom - taken),
            };

            // From a strip along the left side, with its corner in the origin, to the side that it is on.
            SKPoint Place(SKPoint point)
            {
                float across = far ? extent - point.X : point.X;
                return upright ? new(across, point.Y) : new(point.Y, across);
            }
        }

        return page.Margin(free, 0.05);
    }

    /// <summary>
    /// Lines from side to side at equal distances, and upright ones too on squared paper, or one at the margin. Gives the lines'
    /// width, which a digit's pen has to surpass.
    /// </summary>
    public static float Rule(this Page page, bool squared)
    {
        Random random = page.Random;
        SKRect bounds = page.Bounds;
        float distance = Math.Max(8, page.Unit * (squared ? random.Between(0.06, 0.2) : random.Between(0.12, 0.35)));
        float width = Math.Clamp(page.Unit * random.Between(0.002, 0.008), 1, distance / 8);
        SKColor colour = random.Next(4) switch
        {
            0 => new SKColor(170, 200, 235),
            1 => new SKColor(120, 190, 140),
            2 => random.Grey(180, 215),
            _ => random.Grey(90, 160),
        };
        page.Turn(random.Chance(0.3) ? random.Between(-2, 2) : 0);
        // A little beyond the page, for lines that are turned.
        float beyond = 0.1f * page.Unit, offset = random.Between(0, distance) - distance;
        for (float y = offset; y < bounds.Height + beyond; y += distance)
            page.Line(new(-beyond, y), new(bounds.Width + beyond, y), width, colour);
        if (squared)
        {
            for (float x = random.Between(0, distance) - distance; x < bounds.Width + beyond; x += distance)
                page.Line(new(x, -beyond), new(x, bounds.Height + beyond), width, colour);
        }
        else if (random.Chance(0.2))
        {
            float x = bounds.Width * random.Between(0.04, 0.12);
            page.Line(new(x, -beyond), new(x, bounds.Height + beyond), width, new SKColor(220, 110, 110));
        }

        page.TurnBack();
        return width;
    }

    /// <summary>A window's border and title bar, with a title and buttons now and then.</summary>
    public static SKRect Window(this Page page)
    {
        Random random = page.Random;
        SKRect bounds = page.Bounds;
        SKColor bar = random.Next(3) switch { 0 => new SKColor(0, 120, 215), 1 => random.Grey(30, 70), _ => random.Grey(190, 225) };
        SKColor onBar = bar.Blue > 180 && bar.Red > 180 ? SKColors.Black : SKColors.White;
        float height = Math.Max(8, bounds.Height * random.Between(0.06, 0.12));
        page.Fill(new SKRect(0, 0, bounds.Width, height), bar);
        float glyph = height * 0.45f, top = height * 0.27f;
        for (int i = random.Next(-1, 3); i >= 0; i--)
        {
            float left = bounds.Width - ((i + 1) * 2 * glyph);
            if (random.Chance(0.5))
                page.FillOval(SKRect.Create(left, top, glyph, glyph), onBar);
            else
                page.Outline(SKRect.Create(left, top, glyph, glyph), 1, onBar);
        }

        for (int i = random.Next(-1, 6); i >= 0; i--)
            page.Write(random.Next(10), SKRect.Create((0.6f + i) * glyph * 0.9f, top, glyph * 0.6f, glyph), 1, onBar);
        if (random.Chance(0.8))
            page.Outline(SKRect.Inflate(bounds, -0.5f, -0.5f), 1, random.Grey(40, 140));
        return page.Margin(new SKRect(0, height, bounds.Width, bounds.Height), 0.06);
    }

    /// <summary>Something cut off by a side: the rim of a ruling, of letters of the next line, or of the next digit.</summary>
    public static SKRect Neighbour(this Page page) => page.Random.Chance(0.75) ? page.NextLine() : page.NextDigit();

    private static SKRect NextLine(this Page page)
    {
        Random random = page.Random;
        SKRect bounds = page.Bounds;
        bool below = random.Chance(0.5);
        float depth = bounds.Height * random.Between(0.015, 0.06), edge = below ? bounds.Bottom - depth : 0;
        if (random.Chance(0.4))
        {
            float left = bounds.Width * random.Between(0, 0.4);
            page.Fill(SKRect.Create(left, edge, bounds.Width * random.Between(0.3, 0.7), depth), page.Ink);
        }
        else
        {
            float height = bounds.Height * random.Between(0.2, 0.4), width = 0.6f * height, pen = height * random.Pen();
            float top = below ? bounds.Bottom - depth : depth - height;
            for (float x = width * random.Between(-0.5, 1); x < bounds.Width; x += width * random.Between(1.3, 2.5))
                page.Write(random.Next(10), SKRect.Create(x, top, width, height), pen, page.Ink);
        }

        SKRect free = below ? new(0, 0, bounds.Right, edge) : new(0, depth, bounds.Right, bounds.Bottom);
        return page.Margin(free, 0.08);
    }

    private static SKRect NextDigit(this Page page)
    {
        Random random = page.Random;
        SKRect bounds = page.Bounds;
        bool after = random.Chance(0.5);
        float height = bounds.Height * random.Between(0.3, 0.6), width = 0.6f * height, depth = bounds.Width * random.Between(0.015, 0.06);
        float left = after ? bounds.Right - depth : depth - width, top = random.Between(0, bounds.Height - height);
        page.Write(random.Next(10), SKRect.Create(left, top, width, height), height * random.Pen(), page.Ink);
        SKRect free = after ? new(0, 0, left, bounds.Bottom) : new(depth, 0, bounds.Right, bounds.Bottom);
        return page.Margin(free, 0.1);
    }

    /// <summary>Specks in corners or near the sides: dirt, punched holes, a drop of coffee.</summary>
    public static SKRect Specks(this Page page)
    {
        Random random = page.Random;
        SKRect bounds = page.Bounds;
        for (int i = random.Next(1, 5); i >= 0; i--)
        {
            float size = Math.Max(2, page.Unit * random.Between(0.02, 0.07)), inset = page.Unit * random.Between(0, 0.08);
            bool alongSide = random.Chance(0.5);
            float x = Either(inset, bounds.Width - inset - size);
            float y = alongSide ? random.Between(0, bounds.Height - size) : Either(inset, bounds.Height - inset - size);
            SKRect speck = SKRect.Create(x, y, size, size * random.Between(0.6, 1.4));
            switch (random.Next(3))
            {
                case 0: page.Fill(speck, page.Ink); break;
                case 1: page.FillOval(speck, page.Ink); break;
                default: page.FillOval(speck, new SKColor(130, 85, 45, (byte)random.Next(120, 230))); break;
            }
        }

        return page.Margin(bounds, 0.2);

        float Either(float one, float other) => random.Chance(0.5) ? one : other;
    }

    /// <summary>A soft shadow over a corner, which may fall on the digit.</summary>
    public static void Shade(this Page page)
    {
        Random random = page.Random;
        (float width, float height) = (page.Bounds.Width, page.Bounds.Height);
        float along = width * random.Between(0.4, 1), down = height * random.Between(0.4, 1);
        (float x, float towardsX) = random.Chance(0.5) ? (-width, along) : (2 * width, width - along);
        (float y, float towardsY) = random.Chance(0.5) ? (-height, down) : (2 * height, height - down);
        // Far beyond the corner, so that no other edge of it is seen.
        var shade = new SKColor(0, 0, 0, (byte)random.Next(50, 130));
        float cornerX = x < 0 ? 0 : width, cornerY = y < 0 ? 0 : height;
        SKPoint[] outline = [new(x, y), new(towardsX, y), new(towardsX, cornerY), new(cornerX, towardsY), new(x, towardsY)];
        page.Fill(outline, shade, page.Unit * random.Between(0.02, 0.08));
    }

    /// <summary>The page within margins, each by its own draw.</summary>
    public static SKRect Inset(this Page page, Func<float> margin) =>
        new(margin(), margin(), page.Bounds.Right - margin(), page.Bounds.Bottom - margin());

    /// <summary>An area less a share of the page's shorter side on every side.</summary>
    public static SKRect Margin(this Page page, SKRect area, double share)
    {
        float margin = (float)(page.Unit * share);
        return SKRect.Inflate(area, -margin, -margin);
    }

    private static SKColor LineColour(this Page page) => page.Random.Next(3) switch
    {
        0 => page.Ink,
        1 => page.Random.Grey(0, 150),
        _ => new SKColor(60, 90, 170),
    };
}
