using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MnistAdder.Serving.Images.Ink;

namespace MnistAdder.Serving.Images;

/// <summary>Where a decoded image ends: 28×28 grey levels, prepared as asked for.</summary>
internal readonly ref struct PixelTarget(ImagePreparation preparation, Span<byte> pixels, IPreparationWitness? witness = null)
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
        else if (preparation == ImagePreparation.Auto && fits && image.IsExact && TryTakeAsIs(image.Levels, _pixels))
        {
            return true;
        }
        else if (!InkFinder.TryPrepare(image.Levels, image.Width, image.Height, _pixels, out warnings, witness))
        {
            error = ImageErrors.NoInk;
        }

        return error is null;
    }

    /// <summary>Takes a 28×28 picture as it is, or inverted where its border is light, if it then has MNIST's statistics.</summary>
    /// <param name="levels">The picture's levels.</param>
    /// <param name="pixels">Receives the levels, which may be the same memory; undefined where the answer is <see langword="false"/>.</param>
    public static bool TryTakeAsIs(ReadOnlySpan<byte> levels, Span<byte> pixels)
    {
        if (HasLightBorder(levels))
            TensorPrimitives.OnesComplement(levels, pixels);
        else
            levels.CopyTo(pixels);
        return MnistStatistics.AreThoseOf(pixels);
    }

    // By the middle value, since a digit may touch the border in places.
    private static bool HasLightBorder(ReadOnlySpan<byte> pixels)
    {
        ref byte first = ref MemoryMarshal.GetReference(pixels);
        uint above = Vector256.LoadUnsafe(ref first).ExtractMostSignificantBits() << (Vector256<byte>.Count - Side);
        uint below = Vector256.LoadUnsafe(ref first, (nuint)(pixels.Length - Vector256<byte>.Count)).ExtractMostSignificantBits() >> (Vector256<byte>.Count - Side);
        int light = BitOperations.PopCount(above) + BitOperations.PopCount(below);
        for (int y = 1; y < Side - 1; y++)
        {
            light += pixels[y * Side] >> 7;
            light += pixels[(y * Side) + Side - 1] >> 7;
        }

        return light > 2 * (Side - 1);
    }
}
