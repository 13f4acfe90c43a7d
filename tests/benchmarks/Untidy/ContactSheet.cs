using MnistAdder.Serving.Tests.Images;
using SkiaSharp;

namespace MnistAdder.Benchmarks.Untidy;

/// <summary>
/// Pictures at a glance, a line for each: the picture, what it is after each step of its preparation, the model's input and the answer in
/// writing, in a border that is green where the answer is as wanted and red where it isn't.
/// </summary>
internal static class ContactSheet
{
    private const int Plane = 84;
    private const int Answer = 36;
    private const int Gap = 4;
    private const int Line = Plane + (4 * Gap);

    public static void Write(string path, IReadOnlyList<ScoredPicture> scored)
    {
        IReadOnlyList<PreparationSteps.Step>[] steps = [.. scored.Select(picture => PreparationSteps.Of(picture.Picture.File))];
        int width = ((1 + steps.Max(line => line.Count)) * (Plane + Gap)) + Answer + (4 * Gap);
        using SKBitmap sheet = DrawnDigits.Sheet(width, scored.Count * Line, SKColors.DimGray);
        using var canvas = new SKCanvas(sheet);
        for (int i = 0; i < scored.Count; i++)
            Draw(canvas, SKRect.Create(0, i * Line, width, Line), scored[i], steps[i]);

        using SKData data = sheet.Encode(SKEncodedImageFormat.Png, 100);
        using FileStream file = File.Create(path);
        data.SaveTo(file);
    }

    private static void Draw(SKCanvas canvas, SKRect line, ScoredPicture scored, IReadOnlyList<PreparationSteps.Step> steps)
    {
        using var border = new SKPaint { Style = SKPaintStyle.Stroke, StrokeWidth = Gap, Color = scored.IsAsWanted ? SKColors.LimeGreen : SKColors.Red };
        canvas.DrawRect(SKRect.Inflate(line, -Gap, -Gap), border);
        float left = line.Left + (2 * Gap), top = line.Top + (2 * Gap);
        foreach (SKBitmap plane in steps.Select(Grey).Prepend(SKBitmap.Decode(scored.Picture.File)))
        {
            using (plane)
            using (var paint = new SKPaint { FilterQuality = plane.Width < Plane ? SKFilterQuality.None : SKFilterQuality.Medium })
                canvas.DrawBitmap(plane, SKRect.Create(left, top, Plane, Plane).AspectFit(new SKSize(plane.Width, plane.Height)), paint);
            left += Plane + Gap;
        }

        if (scored.IsRefused)
            return;
        using SKPath digit = DrawnDigits.Stroke((int)scored.Answer.Digit, SKRect.Create(left + 8, top + 20, 18, 30), new Random(0));
        canvas.Draw(digit, 4, border.Color);
    }

    private static SKBitmap Grey(PreparationSteps.Step step)
    {
        var bitmap = new SKBitmap(new SKImageInfo(step.Width, step.Levels.Length / step.Width, SKColorType.Bgra8888, SKAlphaType.Unpremul));
        bitmap.Pixels = [.. step.Levels.Select(level => new SKColor(level, level, level))];
        return bitmap;
    }
}
