using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images;

/// <summary>
/// One digit on pages that aren't tidy: in print, on ruled paper, between bars, cut off, grainy, at the edge of something else.
/// The same pictures in every run.
/// </summary>
internal static class UntidyPictures
{
    /// <summary>The kind that nothing is wrong with: the others' digits by themselves.</summary>
    public const string Clean = "clean";

    private const int Side = MnistGeometry.Side;

    private static readonly OrderedDictionary<string, Func<Random, int, byte[]>> s_kinds = new()
    {
        ["faint28"] = (random, digit) =>
        {
            int paper = random.Next(235, 256);
            return Small(random, digit, Level(paper), Level(paper - random.Next(40, 90))).EncodedGrey();
        },
        ["dim28"] = (random, digit) => Small(random, digit, Level(random.Next(0, 9)), random.Grey(45, 110)).EncodedGrey(),
        ["grey28"] = (random, digit) => (random.Chance(0.6)
            ? Small(random, digit, random.Grey(25, 80), random.Grey(190, 255))
            : Small(random, digit, random.Grey(160, 205), random.Grey(0, 60))).EncodedGrey(),
        ["corner28"] = Corner,
        ["frame"] = (random, digit) => In(Page.Sheet(random), digit, Surroundings.Frame),
        ["cell"] = (random, digit) => In(Page.Sheet(random), digit, Surroundings.Cell, least: 0.8, most: 1),
        ["edge"] = (random, digit) => Photo(random, digit, Surroundings.Desk),
        ["grid"] = (random, digit) => Ruled(random, digit, squared: true),
        ["lined"] = (random, digit) => Ruled(random, digit, squared: false),
        ["window"] = (random, digit) => In(
            random.Chance(0.75) ? Screen(random, SKColors.White, SKColors.Black) : Screen(random, random.Grey(20, 50), random.Grey(210, 255)),
            digit,
            Surroundings.Window),
        ["letterbox"] = Letterbox,
        ["patch"] = Patch,
        ["clipped"] = Clipped,
        ["tight"] = (random, digit) =>
        {
            using SKPath stroke = Stroke(random, digit, out float pen, random.Between(0.06, 0.14));
            return Page.Around(random, stroke, new SKRect(pen / 2, pen / 2, pen / 2, pen / 2), pen, random.Paper(), random.DarkInk()).Encoded();
        },
        ["noise"] = Grainy,
        ["blurtight"] = BlurredTight,
        ["neighbour"] = (random, digit) => In(Page.Sheet(random), digit, Surroundings.Neighbour),
        ["specks"] = (random, digit) => In(Page.Sheet(random), digit, Surroundings.Specks, least: 0.55, most: 0.95),
        ["shadow"] = (random, digit) =>
        {
            Page page = Page.Sheet(random);
            page.Write(digit, page.Margin(page.Bounds, 0.06)).Shade();
            return page.Photograph(random.Between(0.8, 1), random.Between(0, 4)).Encoded();
        },
        [Clean] = CleanPicture,
    };

    /// <summary>The kinds with a digit and something untidy.</summary>
    public static IEnumerable<string> Kinds => s_kinds.Keys.Where(kind => kind != Clean);

    /// <summary>Pictures of a kind, the digits 0…9 in turn.</summary>
    public static IEnumerable<LabelledPicture> Of(string kind, int count = 20) =>
        Draw(kind, s_kinds[kind], count, isDigit: true);

    /// <summary>Pictures by a recipe, which is given a digit, that may be the one to be read, and random numbers that depend on the kind alone.</summary>
    public static IEnumerable<LabelledPicture> Draw(string kind, Func<Random, int, byte[]> recipe, int count, bool isDigit)
    {
        // string.GetHashCode differs between runs.
        var random = new Random(kind.Aggregate(17, (hash, letter) => unchecked((hash * 31) + letter)));
        for (int i = 0; i < count; i++)
            yield return new LabelledPicture(kind, i, isDigit ? i % 10 : null, recipe(random, i % 10));
    }

    private static SKColor Level(int level) => new((byte)level, (byte)level, (byte)level);

    // 28×28 with a digit of MNIST's size.
    private static Page Small(Random random, int digit, SKColor paper, SKColor ink)
    {
        float height = random.Between(17, 20), width = height * random.Between(0.5, 0.7);
        SKRect box = SKRect.Create(14 - (width / 2) + random.Between(-1, 1), 14 - (height / 2) + random.Between(-1, 1), width, height);
        return new Page(random, Side, Side, paper, ink).Write(digit, box, random.Between(1.8, 3.2), ink);
    }

    private static byte[] Corner(Random random, int digit)
    {
        (SKColor paper, SKColor ink) = random.Chance(0.5) ? (SKColors.White, random.Grey(0, 40)) : (SKColors.Black, random.Grey(215, 255));
        float height = random.Between(8, 14), width = height * random.Between(0.55, 0.75), pen = random.Between(1.1, 1.8);
        // Near one of two sides at least: digits in the middle are no matter of this kind.
        float left = random.Chance(0.5) ? random.Between(1, 4) : Side - width - random.Between(1, 4);
        float top = random.Between(1, Side - height - 1);
        return new Page(random, Side, Side, paper, ink).Write(digit, SKRect.Create(left, top, width, height), pen, ink).EncodedGrey();
    }

    private static byte[] In(Page page, int digit, Func<Page, SKRect> surroundings, double least = 0.45, double most = 0.8) =>
        page.Write(digit, surroundings(page), least, most).Encoded();

    private static byte[] Photo(Random random, int digit, Func<Page, SKRect> surroundings)
    {
        var page = Page.Sheet(random);
        return page.Write(digit, surroundings(page)).Photograph(random.Between(0.75, 1), random.Between(1, 4)).Encoded();
    }

    private static byte[] Ruled(Random random, int digit, bool squared)
    {
        var page = Page.Sheet(random, least: 120);
        float line = page.Rule(squared);
        // A pen of at least twice the lines' width, else nobody could tell.
        float least = 2 * line / (0.5f * page.Unit);
        return page.Write(digit, page.Margin(page.Bounds, 0.06), 0.5, 0.8, Math.Max(least, random.Between(0.05, 0.13))).Encoded();
    }

    private static Page Screen(Random random, SKColor background, SKColor ink)
    {
        int height = random.Size(120, 600);
        return new Page(random, (int)(height * random.Between(0.7, 1.6)), height, background, ink);
    }

    private static byte[] Letterbox(Random random, int digit)
    {
        bool isDark = random.Chance(0.25);
        Page page = isDark ? Screen(random, random.Grey(0, 40), random.Grey(200, 255)) : Page.Sheet(random);
        page.Write(digit, page.Margin(page.Bounds, 0.06)).Photograph(random.Between(0.85, 1), random.Between(0, 3));
        SKColor bars = isDark ? SKColors.White : random.Chance(0.7) ? SKColors.Black : random.Chance(0.5) ? SKColors.White : random.Grey(60, 150);
        (float width, float height) = (page.Bounds.Width, page.Bounds.Height);
        float bar = random.Between(0.1, 0.5);
        return (random.Chance(0.6)
            ? Surround(page, random, bars, bar * width, 0)
            : Surround(page, random, bars, 0, bar * height)).Encoded();
    }

    private static byte[] Patch(Random random, int digit)
    {
        int height = random.Size(80, 400);
        var page = new Page(random, (int)(height * random.Between(0.7, 1.3)), height, random.Grey(170, 232), random.DarkInk());
        page.Write(digit, page.Margin(page.Bounds, 0.06)).Photograph(random.Between(0.85, 1), random.Between(0, 4));
        SKColor ground = random.Chance(0.7) ? SKColors.White : SKColors.Black;
        return Surround(page, random, ground, page.Unit * random.Between(0.06, 0.3), page.Unit * random.Between(0.06, 0.3)).Encoded();
    }

    private static Page Surround(Page page, Random random, SKColor colour, float atSides, float aboveAndBelow) => new Page(
        random, (int)(page.Bounds.Width + (2 * atSides)), (int)(page.Bounds.Height + (2 * aboveAndBelow)), colour, page.Ink)
        .Paste(page, MathF.Round(atSides), MathF.Round(aboveAndBelow));

    private static byte[] Clipped(Random random, int digit)
    {
        // A thick pen fills narrow digits.
        using SKPath stroke = Stroke(random, digit, out float pen, random.Between(0.16, 0.24), widening: 1.3);
        bool[] isCut = [.. Enumerable.Range(0, 4).Select(i => i < 2 || random.Chance(0.7))];
        random.Shuffle(isCut);
        float[] margins = [.. isCut.Select(cut => pen * (cut ? random.Between(-0.1, 0.25) : random.Between(0.6, 1.2)))];
        return Page.Around(random, stroke, new SKRect(margins[0], margins[1], margins[2], margins[3]), pen, random.Paper(), random.DarkInk()).Encoded();
    }

    private static byte[] Grainy(Random random, int digit)
    {
        (SKColor paper, SKColor ink) = random.Chance(0.5) ? (random.Grey(90, 140), random.Grey(200, 240)) : (random.Grey(130, 190), random.Grey(20, 70));
        int height = random.Size(80, 400);
        var page = new Page(random, (int)(height * random.Between(0.7, 1.1)), height, paper, ink);
        return page.Write(digit, page.Margin(page.Bounds, 0.05), 0.7, 0.95, random.Between(0.1, 0.15)).Photograph(1, random.Between(25, 45)).Encoded();
    }

    private static byte[] BlurredTight(Random random, int digit)
    {
        using SKPath stroke = Stroke(random, digit, out float pen, random.Between(0.08, 0.15));
        int paper = random.Next(150, 220);
        float margin = pen * random.Between(0.5, 0.8);
        Page page = Page.Around(random, stroke, new SKRect(margin, margin, margin, margin), pen, Level(paper), Level(paper - random.Next(50, 100)));
        return page.Blur(pen * random.Between(0.25, 0.5)).Photograph(1, random.Between(0, 4)).Encoded();
    }

    private static SKPath Stroke(Random random, int digit, out float penWidth, float pen, double widening = 1)
    {
        float height = random.Size(50, 400);
        penWidth = height * pen;
        return DrawnDigits.Stroke(digit, new SKRect(0, 0, height * random.Between(0.55 * widening, 0.75 * widening), height), random);
    }

    private static byte[] CleanPicture(Random random, int digit)
    {
        int height = random.Size(40, 600);
        (SKColor light, SKColor dark) = (random.Paper(), random.Chance(0.6) ? random.DarkInk() : random.Grey(0, 99));
        bool isDark = random.Chance(0.25);
        var page = new Page(random, (int)(height * random.Between(0.7, 1.4)), height, isDark ? dark : light, isDark ? light : dark);
        return page.Write(digit, page.Margin(page.Bounds, 0.12), 0.5, 0.95).Photograph(random.Between(0.8, 1), random.Between(0, 3)).Encoded();
    }
}
