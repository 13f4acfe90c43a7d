using MnistAdder.Serving.Images;
using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images;

public class DigitImageDecoderTests
{
    [Fact]
    public void Smoke()
    {
        using var bitmap = new SKBitmap(28, 28, SKColorType.Gray8, SKAlphaType.Opaque);
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        byte[] pixels = new byte[784];
        Assert.True(new DigitImageDecoder().TryDecode(png.AsSpan(), pixels, out string? error), error);
    }
}
