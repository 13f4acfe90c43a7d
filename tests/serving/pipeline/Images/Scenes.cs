using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images;

/// <summary>One digit as people hand it in: every pen, paper, size and camera that has to come out like MNIST.</summary>
internal static class Scenes
{
    private static readonly SKRect s_middle = new(100, 70, 220, 250);
    private static readonly SKColor s_grey = new(110, 110, 110);

    /// <summary>All scenes by name: the encoded picture of a digit.</summary>
    public static readonly IReadOnlyDictionary<string, Func<int, byte[]>> All = new Dictionary<string, Func<int, byte[]>>
    {
        ["black on white"] = digit => Plain(SKColors.White, digit, 22, SKColors.Black).Encoded(),
        ["white on black"] = digit => Plain(SKColors.Black, digit, 22, SKColors.White).Encoded(),
        ["grey on grey"] = digit => Plain(new SKColor(150, 150, 150), digit, 22, s_grey).Encoded(),
        ["28×28 colour"] = digit => DrawnDigits.Sheet(28, 28, SKColors.Beige).Draw(digit, new SKRect(7, 4, 20, 24), 2.5f, SKColors.DarkBlue).Encoded(),
        ["20×20 tight"] = digit => DrawnDigits.Sheet(20, 20, SKColors.White).Draw(digit, new SKRect(3, 1, 17, 19), 2.5f, SKColors.Black).Encoded(),
        ["small in a big picture"] = digit =>
            DrawnDigits.Sheet(2400, 1400, SKColors.White).Draw(digit, new SKRect(1900, 1100, 1925, 1137), 5, SKColors.Black).Encoded(),
        ["touching the edges"] = digit => DrawnDigits.Sheet(200, 300, SKColors.White).Draw(digit, new SKRect(18, 10, 182, 290), 36, SKColors.Black).Encoded(),
        ["thin pencil"] = digit => DrawnDigits.Sheet(600, 800, new SKColor(240, 238, 230)).Draw(digit, new SKRect(120, 130, 490, 670), 3, s_grey)
            .Photograph(0.95, 4).Encoded(SKEncodedImageFormat.Jpeg, 80),
        ["hairline"] = digit => DrawnDigits.Sheet(1500, 1500, SKColors.White).Draw(digit, new SKRect(300, 200, 1100, 1300), 1.5f, SKColors.Black).Encoded(),
        ["blue pen"] = digit => Plain(SKColors.White, digit, 9, SKColors.RoyalBlue).Encoded(SKEncodedImageFormat.Jpeg, 70),
        ["red pen"] = digit => Plain(SKColors.Ivory, digit, 9, SKColors.Red).Encoded(SKEncodedImageFormat.Webp, 70),
        ["yellow marker"] = digit => Plain(SKColors.White, digit, 30, SKColors.Yellow).Encoded(),
        ["yellow marker, JPEG"] = digit => Plain(SKColors.White, digit, 30, SKColors.Gold).Encoded(SKEncodedImageFormat.Jpeg, 60),
        ["black on transparent"] = digit => Plain(SKColors.Transparent, digit, 22, SKColors.Black).Encoded(),
        ["white on transparent"] = digit => Plain(SKColors.Transparent, digit, 22, SKColors.White).Encoded(),
        ["photo in the shade"] = digit => Plain(new SKColor(225, 220, 210), digit, 14, new SKColor(60, 60, 70))
            .Photograph(0.45, 5).Encoded(SKEncodedImageFormat.Jpeg, 60),
        ["dark noisy photo"] = digit => Plain(new SKColor(110, 105, 100), digit, 16, new SKColor(40, 40, 45))
            .Photograph(0.5, 7).Encoded(SKEncodedImageFormat.Jpeg, 50),
        ["chalk on a board"] = digit => Plain(new SKColor(40, 60, 50), digit, 14, new SKColor(220, 225, 215))
            .Photograph(0.6, 6).Encoded(SKEncodedImageFormat.Jpeg, 70),
        ["dust on paper"] = digit => Dusty(Plain(SKColors.White, digit, 20, SKColors.Black)).Encoded(),
        ["large photo"] = digit => DrawnDigits.Sheet(1600, 1200, new SKColor(230, 228, 220)).Draw(digit, new SKRect(900, 300, 1170, 700), 16, new SKColor(40, 40, 90))
            .Photograph(0.5, 6).Encoded(SKEncodedImageFormat.Jpeg, 60),
        ["fat marker"] = digit => Plain(SKColors.White, digit, 42, SKColors.Black).Encoded(),
    };

    private static SKBitmap Plain(SKColor paper, int digit, float penWidth, SKColor ink) =>
        DrawnDigits.Sheet(320, 320, paper).Draw(digit, s_middle, penWidth, ink);

    private static SKBitmap Dusty(SKBitmap sheet)
    {
        var random = new Random(4);
        for (int i = 0; i < 30; i++)
        {
            (int x, int y) = (random.Next(1, sheet.Width - 1), random.Next(1, sheet.Height - 1));
            sheet.SetPixel(x, y, SKColors.Black);
            sheet.SetPixel(x + 1, y, SKColors.DimGray);
            sheet.SetPixel(x, y + 1, SKColors.Gray);
        }

        return sheet;
    }
}
