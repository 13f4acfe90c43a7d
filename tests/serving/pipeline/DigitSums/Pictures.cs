using SkiaSharp;

namespace MnistAdder.Serving.Tests.DigitSums;

/// <summary>28×28 grey pictures, dark at the border, as the model takes them: each number has its own.</summary>
internal static class Pictures
{
    /// <summary>Grey levels, 784.</summary>
    public static byte[] Pixels(int number)
    {
        var random = new Random(number);
        byte[] pixels = new byte[MnistGeometry.PixelCount];
        for (int y = 4; y < 24; y++)
            random.NextBytes(pixels.AsSpan((y * MnistGeometry.Side) + 4, 20));
        return pixels;
    }

    /// <summary>The same as a PNG file.</summary>
    public static byte[] Png(int number)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(MnistGeometry.Side, MnistGeometry.Side, SKColorType.Gray8, SKAlphaType.Opaque));
        System.Runtime.InteropServices.Marshal.Copy(Pixels(number), 0, bitmap.GetPixels(), MnistGeometry.PixelCount);
        using SKData encoded = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return encoded.ToArray();
    }
}
