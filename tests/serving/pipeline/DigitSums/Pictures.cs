using SkiaSharp;

namespace MnistAdder.Serving.Tests.DigitSums;

/// <summary>28×28 grey pictures with MNIST's statistics, so that they are taken as they are: each number has its own.</summary>
internal static class Pictures
{
    /// <summary>Grey levels, 784.</summary>
    public static byte[] Pixels(int number)
    {
        var random = new Random(number);
        byte[] pixels = new byte[MnistGeometry.PixelCount];
        for (int y = 5; y < 24; y++)
            random.NextBytes(pixels.AsSpan((y * MnistGeometry.Side) + 5, 19));
        pixels[(5 * MnistGeometry.Side) + 5] = pixels[(23 * MnistGeometry.Side) + 23] = byte.MaxValue;
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
