using System.Diagnostics.CodeAnalysis;
using MnistAdder.Serving.Images.Ink;

namespace MnistAdder.Serving.Images;

/// <summary>Where a decoded image ends: 28×28 grey levels, prepared as asked for.</summary>
internal readonly ref struct PixelTarget(ImagePreparation preparation, Span<byte> pixels)
{
    private const int Side = MnistGeometry.Side;

    private readonly Span<byte> _pixels = pixels;

    /// <summary>Brings an image to 28×28, or says why it can't be.</summary>
    public bool TryAccept(GreyImage image, out ImageWarnings warnings, [NotNullWhen(false)] out string? error)
    {
        warnings = ImageWarnings.None;
        error = null;
        bool fits = image.Width == Side && image.Height == Side;
        if (preparation == ImagePreparation.Raw)
        {
            if (fits)
                image.Levels.CopyTo(_pixels);
            else
                error = ImageErrors.NotRaw(image.Width, image.Height);
        }
        else if (preparation == ImagePreparation.Auto && fits && image.IsExact)
        {
            image.Levels.CopyTo(_pixels);
            DarkenPaper(_pixels);
        }
        else if (!InkFinder.TryPrepare(image.Levels, image.Width, image.Height, _pixels))
        {
            error = ImageErrors.NoInk;
        }

        return error is null;
    }

    /// <summary>Inverts 28×28 levels whose border is light.</summary>
    public static void DarkenPaper(Span<byte> pixels)
    {
        if (!HasLightBorder(pixels))
            return;
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)~pixels[i];
    }

    // By the middle value, since a digit may touch the border in places.
    private static bool HasLightBorder(ReadOnlySpan<byte> pixels)
    {
        int light = 0;
        for (int i = 0; i < Side; i++)
        {
            light += pixels[i] >> 7;
            light += pixels[(Side * (Side - 1)) + i] >> 7;
        }

        for (int y = 1; y < Side - 1; y++)
        {
            light += pixels[y * Side] >> 7;
            light += pixels[(y * Side) + Side - 1] >> 7;
        }

        return light > 2 * (Side - 1);
    }
}
