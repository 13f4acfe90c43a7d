namespace MnistAdder.Server.Tests.Page;

/// <summary>How a hand moves for each digit, on a board of 560 by 560.</summary>
internal static class Handwriting
{
    private static readonly string[] s_digits =
    [
        "285,130 230,150 195,215 185,290 200,370 245,425 295,430 345,390 370,315 370,235 345,165 285,130",
        "300,125 293,200 286,280 280,360 275,435",
        "195,215 210,155 265,125 330,140 360,190 345,255 290,325 235,380 190,425 260,420 330,420 390,425",
        "195,160 245,125 310,130 350,175 335,235 285,265 245,272 310,280 360,320 365,380 315,430 245,432 190,405",
        "235,130 215,205 190,290 260,295 330,292 395,288 / 345,135 335,230 325,330 318,435",
        "225,140 215,200 208,265 265,240 330,255 362,310 352,375 305,425 245,430 190,405 / 225,140 300,138 375,132",
        "335,130 270,180 225,255 205,335 220,405 270,435 325,420 350,370 330,320 280,305 230,330 207,365",
        "185,145 250,145 320,142 390,140 350,220 315,290 285,365 268,435",
        "345,175 300,130 240,140 215,190 245,245 305,290 350,345 345,405 295,438 235,425 208,375 235,315 295,265 345,220 345,175",
        "350,190 310,140 250,140 215,190 225,250 280,270 330,245 352,190 348,270 338,350 325,435",
    ];

    /// <summary>The strokes of a digit.</summary>
    public static (int X, int Y)[][] Of(int digit) => Strokes(s_digits[digit]);

    /// <summary>Strokes as text has them: points with spaces between them, strokes with slashes.</summary>
    public static (int X, int Y)[][] Strokes(string text) =>
        [.. text.Split('/').Select(stroke => stroke.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Point).ToArray())];

    private static (int X, int Y) Point(string text) => (int.Parse(text.Split(',')[0]), int.Parse(text.Split(',')[1]));
}
