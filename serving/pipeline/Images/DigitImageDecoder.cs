using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using MnistAdder.Serving.Images;
using MnistAdder.Serving.Images.Ink;
using MnistAdder.Serving.Images.Png;

namespace MnistAdder.Serving;

/// <summary>
/// Turns an image of a handwritten digit (PNG, JPEG, BMP, GIF or WebP; of an animation the first frame) into the model's input:
/// 28×28 grey levels in row order, 0 = background, 255 = full ink.
/// </summary>
/// <remarks>
/// <para>
/// Alpha is laid over white (over black where nothing can be seen over white), EXIF orientation is applied (of JPEG, PNG and WebP),
/// colour profiles are not. Grey is (77 R + 150 G + 29 B + 128) ÷ 256, ITU-R BT.601's weights, which leaves grey sources as they are.
/// </para>
/// <para>
/// Bad content is no exception but <see langword="false"/> and a sentence that says what is wrong, for a table's error column: it
/// begins small and leaves out the path. An image that has to be prepared and shows no ink is such an error; what
/// <see cref="ImagePreparation.Raw"/> takes may be empty. What can be used and yet leaves doubts comes with <see cref="ImageWarnings"/>. All members can
/// be called by any number of threads at once.
/// </para>
/// </remarks>
public sealed class DigitImageDecoder
{
    private readonly ImagePreparation _preparation;
    private readonly ImageLimits _limits;
    private readonly SkiaDecoder _skia;

    /// <summary>Makes a decoder.</summary>
    /// <param name="preparation">How images are brought to 28×28.</param>
    /// <param name="limits">What an image may cost; <see cref="ImageLimits.Default"/> where left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">The preparation is none of the three, or a limit is out of its range.</exception>
    public DigitImageDecoder(ImagePreparation preparation = ImagePreparation.Auto, ImageLimits? limits = null)
    {
        if (!Enum.IsDefined(preparation))
            throw new ArgumentOutOfRangeException(nameof(preparation), preparation, "The preparation is none of auto, raw and mnist.");
        _preparation = preparation;
        _limits = limits ?? ImageLimits.Default;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_limits.MaxPixels, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_limits.MaxPixels, ImageLimits.UtmostPixels, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_limits.MaxEncodedBytes, nameof(limits));
        _skia = new SkiaDecoder(_limits);
    }

    // Where relative paths of files begin; the working directory where it isn't set.
    internal string? Folder { get; init; }

    // Where the file of a path in a table is.
    internal string PathOf(string path) => Folder is null ? path : Path.Combine(Folder, path);

    // Sees images between the steps of their preparation.
    internal IPreparationWitness? Witness { get; init; }

    /// <summary>Reads and decodes one file.</summary>
    /// <param name="path">The file's path; a relative one starts at the working directory.</param>
    /// <param name="pixels">Receives 784 grey levels; undefined where the answer is <see langword="false"/>.</param>
    /// <param name="warnings">What casts doubt on the image; none where it can't be used.</param>
    /// <param name="error">What is wrong with the file, without its path.</param>
    /// <returns>Whether the file was read and decoded.</returns>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> isn't 784 long.</exception>
    public bool TryReadFile(string path, Span<byte> pixels, out ImageWarnings warnings, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(path);
        CheckLength(pixels);
        warnings = ImageWarnings.None;
        if (path.Length == 0)
        {
            error = ImageErrors.NoPath;
            return false;
        }

        if (!ImageFile.TryRead(PathOf(path), _limits.MaxEncodedBytes, out byte[]? buffer, out int length, out error))
            return false;
        bool decoded = TryDecode(buffer.AsSpan(0, length), pixels, out warnings, out error);
        ArrayPool<byte>.Shared.Return(buffer);
        return decoded;
    }

    /// <summary>Decodes the bytes of one file.</summary>
    /// <param name="encoded">The whole contents of an image file.</param>
    /// <param name="pixels">Receives 784 grey levels; undefined where the answer is <see langword="false"/>.</param>
    /// <param name="warnings">What casts doubt on the image; none where it can't be used.</param>
    /// <param name="error">What is wrong with the contents.</param>
    /// <returns>Whether the image was decoded.</returns>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> isn't 784 long.</exception>
    public bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> pixels, out ImageWarnings warnings, [NotNullWhen(false)] out string? error)
    {
        CheckLength(pixels);
        warnings = ImageWarnings.None;
        if (encoded.Length > _limits.MaxEncodedBytes)
        {
            error = ImageErrors.TooManyBytes(encoded.Length, _limits.MaxEncodedBytes);
            return false;
        }

        if (_preparation != ImagePreparation.Mnist && SmallGreyPng.TryDecode(encoded, pixels)
            && (_preparation == ImagePreparation.Raw || PixelTarget.TryTakeAsIs(pixels, pixels)))
        {
            error = null;
            return true;
        }

        return _skia.TryDecode(encoded, new PixelTarget(_preparation, pixels, Witness), out warnings, out error);
    }

    /// <summary>Prepares an image that is already decoded.</summary>
    /// <param name="image">The image; it stays the caller's.</param>
    /// <param name="pixels">Receives 784 grey levels; undefined where the answer is <see langword="false"/>.</param>
    /// <param name="warnings">What casts doubt on the image; none where it can't be used.</param>
    /// <param name="error">Why the image can't be used.</param>
    /// <returns>Whether the image was prepared.</returns>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> isn't 784 long.</exception>
    public bool TryPrepare(MLImage image, Span<byte> pixels, out ImageWarnings warnings, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(image);
        CheckLength(pixels);
        return _skia.TryConvert(image, new PixelTarget(_preparation, pixels, Witness), out warnings, out error);
    }

    private static void CheckLength(Span<byte> pixels)
    {
        if (pixels.Length != MnistGeometry.PixelCount)
            throw new ArgumentException($"The span holds {pixels.Length} grey levels instead of {MnistGeometry.PixelCount}.", nameof(pixels));
    }
}

/// <summary>How an image becomes the model's 28×28 grey levels.</summary>
public enum ImagePreparation
{
    /// <summary>
    /// An image with MNIST's own statistics is taken as it is: 28×28, grey and opaque, the border dark, full ink, its centre of mass
    /// within a pixel of the middle, and its longer side 19 or 20 pixels. One with a light border is inverted first. Every other image
    /// is prepared as with <see cref="Mnist"/>.
    /// </summary>
    Auto,

    /// <summary>A 28×28 image is taken as it is (alpha over white, then grey); every other size is an error.</summary>
    Raw,

    /// <summary>
    /// The ink is found whatever its colour and polarity, cropped, scaled into 20×20 and centred by mass: also in 28×28 images.
    /// An image without ink is an error.
    /// </summary>
    Mnist,
}

/// <summary>What an image may cost before it is refused.</summary>
/// <remarks>
/// Both limits are checked before memory is spent. An image in hand takes up to five bytes per pixel (a progressive JPEG eight), and images of more than
/// 4 million pixels are decoded one at a time, whatever the number of threads.
/// </remarks>
public sealed record ImageLimits
{
    internal const int ConcurrentPixels = 4_000_000;

    // Four bytes each must fit one buffer.
    internal const int UtmostPixels = 500_000_000;

    /// <summary>The limits that apply where none are given.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>The most pixels (width × height) that an image may have, 1 to 500 million; 50 million at first.</summary>
    public int MaxPixels { get; init; } = 50_000_000;

    /// <summary>The most bytes that an encoded image may have, at least 1; 64 MiB at first.</summary>
    public int MaxEncodedBytes { get; init; } = 64 << 20;
}
