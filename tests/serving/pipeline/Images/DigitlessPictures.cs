using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images;

/// <summary>Pictures that no digit can be read in: nothing at all, something else, or more than one digit. The same in every run.</summary>
internal static class DigitlessPictures
{
    private const int Side = MnistGeometry.Side;

    private static readonly OrderedDictionary<string, Func<Random, int, byte[]>> s_kinds = new()
    {
        ["blank28"] = (random, i) =>
        {
            SKColor paper = (i % 3) switch { 0 => SKColors.White, 1 => SKColors.Black, _ => random.Grey(1, 254) };
            return new Page(random, Side, Side, paper, SKColors.Black).EncodedGrey();
        },
        ["blank"] = (random, _) => (random.Chance(0.5) ? Page.Sheet(random, 20, 900) : Dark(random)).Encoded(),
        ["noise28"] = (random, i) => new Page(random, Side, Side, random.Grey(0, 255), SKColors.Black)
            .Photograph(1, i % 2 == 0 ? random.Between(1, 8) : random.Between(15, 50)).EncodedGrey(),
        ["grainblank"] = (random, _) => Page.Sheet(random, 200, 900).Photograph(random.Between(0.5, 1), random.Between(4, 30)).Encoded(),
        ["dot"] = (random, _) =>
        {
            var page = Page.Sheet(random);
            float size = Math.Max(2, page.Unit * random.Between(0.008, 0.05));
            page.FillOval(SKRect.Create(random.Between(0.1, 0.8) * page.Bounds.Width, random.Between(0.1, 0.8) * page.Bounds.Height, size, size), page.Ink);
            return page.Encoded();
        },
        ["several"] = Several,
        ["emptygrid"] = (random, _) => With(random, page => page.Rule(squared: true)),
        ["emptylined"] = (random, _) => With(random, page => page.Rule(squared: false)),
        ["emptyframe"] = (random, _) => With(random, page => page.Frame()),
        ["rectangle"] = (random, _) => With(random, page =>
        {
            float height = page.Unit * random.Between(0.2, 0.6), width = Math.Min(height * random.Between(0.6, 1.6), 0.8f * page.Unit);
            SKRect free = page.Margin(page.Bounds, 0.08);
            page.Fill(SKRect.Create(random.Between(free.Left, free.Right - width), random.Between(free.Top, free.Bottom - height), width, height), page.Ink);
        }),
    };

    public static IEnumerable<string> Kinds => s_kinds.Keys;

    /// <summary>Pictures of a kind.</summary>
    public static IEnumerable<LabelledPicture> Of(string kind, int count = 20) =>
        UntidyPictures.Draw(kind, s_kinds[kind], count, isDigit: false);

    private static Page Dark(Random random) => new(random, random.Size(20, 900), random.Size(20, 900), random.Grey(0, 60), SKColors.White);

    private static byte[] With(Random random, Action<Page> surroundings)
    {
        var page = Page.Sheet(random, least: 120);
        surroundings(page);
        return page.Encoded();
    }

    // Two or three digits side by side: alike in size, and apart.
    private static byte[] Several(Random random, int digit)
    {
        int count = random.Next(2, 4);
        float height = random.Size(30, 300), pen = height * random.Pen(), left = height * random.Between(0.3, 0.8);
        float top = height * random.Between(0.3, 0.8), gap = pen + (height * random.Between(0.15, 0.5));
        SKRect[] boxes = new SKRect[count];
        for (int i = 0; i < count; i++)
        {
            float own = height * random.Between(0.88, 1);
            boxes[i] = SKRect.Create(left, top + random.Between(0, height - own), own * random.Between(0.5, 0.7), own);
            left = boxes[i].Right + gap;
        }

        var page = new Page(random, (int)(left + (0.4f * height)), (int)(top + (1.6f * height)), random.Paper(), random.DarkInk());
        for (int i = 0; i < count; i++)
            page.Write((digit + (3 * i)) % 10, boxes[i], pen, page.Ink);
        return page.Encoded();
    }
}
