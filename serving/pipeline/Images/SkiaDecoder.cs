using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using SkiaSharp;

namespace MnistAdder.Serving.Images;

/// <summary>Decodes every accepted format through SkiaSharp, looking at the size first and accepting only whole images.</summary>
/// <remarks>
/// <see cref="SKBitmap"/>'s own decoder is of no use here: it takes truncated files for whole and allocates whatever a header asks for.
/// </remarks>
internal sealed unsafe class SkiaDecoder(ImageLimits limits)
{
    private readonly Lock _large = new();

    /// <summary>Decodes a file's contents and hands the image to the target.</summary>
    public bool TryDecode(ReadOnlySpan<byte> encoded, PixelTarget target, out ImageWarnings warnings, [NotNullWhen(false)] out string? error)
    {
        warnings = ImageWarnings.None;
        error = ImageSignature.Refuse(encoded);
        if (error is not null)
            return false;

        fixed (byte* bytes = encoded)
        {
            using var data = SKData.Create((IntPtr)bytes, encoded.Length);
            using var codec = SKCodec.Create(data);
            if (codec is null)
            {
                error = ImageErrors.BadHeader;
                return false;
            }

            SKSizeI size = codec.Info.Size;
            if (IsTooLarge(size.Width, size.Height, out error))
                return false;
            int scans = JpegScans.Count(encoded);
            if (scans > JpegScans.Most)
            {
                error = ImageErrors.TooManyScans(scans);
                return false;
            }

            bool large = (long)size.Width * size.Height > ImageLimits.ConcurrentPixels;
            if (large)
                _large.Enter();
            try
            {
                using GreyImage? grey = Decode(codec, ExifOrientation.Of(encoded, codec), out error);
                return grey is not null && target.TryAccept(grey, out warnings, out error);
            }
            catch (OutOfMemoryException)
            {
                error = ImageErrors.NoMemory;
                return false;
            }
            finally
            {
                if (large)
                    _large.Exit();
            }
        }
    }

    /// <summary>Hands a decoded image to the target.</summary>
    public bool TryConvert(MLImage image, PixelTarget target, out ImageWarnings warnings, [NotNullWhen(false)] out string? error)
    {
        warnings = ImageWarnings.None;
        if (IsTooLarge(image.Width, image.Height, out error))
            return false;

        using var grey = new GreyImage(image.Width, image.Height);
        Composite.ToGrey(image.Pixels, redFirst: image.PixelFormat == MLPixelFormat.Rgba32, grey);
        return target.TryAccept(grey, out warnings, out error);
    }

    private bool IsTooLarge(int width, int height, [NotNullWhen(true)] out string? error)
    {
        error = (long)width * height > limits.MaxPixels ? ImageErrors.TooManyPixels(width, height, limits.MaxPixels) : null;
        return error is not null;
    }

    private static GreyImage? Decode(SKCodec codec, SKEncodedOrigin origin, out string? error)
    {
        SKImageInfo source = codec.Info;
        var grey = new GreyImage(source.Width, source.Height);
        try
        {
            // Without a colour space in the wanted format, no profile is applied: grey levels stay what the file says.
            SKCodecResult result;
            if (source.ColorType == SKColorType.Gray8)
            {
                result = codec.GetPixels(new SKImageInfo(source.Width, source.Height, SKColorType.Gray8, SKAlphaType.Opaque), grey.Address);
                grey.IsExact = true;
            }
            else
            {
                result = DecodeColour(codec, grey);
            }

            error = result switch
            {
                SKCodecResult.Success => null,
                SKCodecResult.IncompleteInput => ImageErrors.Truncated,
                _ => ImageErrors.Damaged,
            };
            if (error is null)
                return Orientation.Upright(grey, origin);
        }
        catch
        {
            grey.Dispose();
            throw;
        }

        grey.Dispose();
        return null;
    }

    private static SKCodecResult DecodeColour(SKCodec codec, GreyImage grey)
    {
        var wanted = new SKImageInfo(grey.Width, grey.Height, SKColorType.Bgra8888, SKAlphaType.Premul);
        void* colours = NativeMemory.Alloc((nuint)wanted.BytesSize64);
        try
        {
            SKCodecResult result = codec.GetPixels(wanted, (IntPtr)colours);
            if (result == SKCodecResult.Success)
                Composite.ToGrey(new ReadOnlySpan<byte>(colours, wanted.BytesSize), redFirst: false, grey);
            return result;
        }
        finally
        {
            NativeMemory.Free(colours);
        }
    }
}
