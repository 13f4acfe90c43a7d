using Microsoft.ML.Data;

namespace MnistAdder.Serving;

/// <summary>An image of a digit in one of the four forms that it comes in.</summary>
public readonly struct DigitImage
{
    private readonly Form _form;
    private readonly object? _object;
    private readonly ReadOnlyMemory<byte> _bytes;

    private DigitImage(Form form, object? value, ReadOnlyMemory<byte> bytes)
    {
        _form = form;
        _object = value;
        _bytes = bytes;
    }

    private enum Form
    {
        None,
        File,
        Encoded,
        Decoded,
        Pixels,
    }

    /// <summary>An image file.</summary>
    /// <param name="path">Its path.</param>
    public static DigitImage FromFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(Form.File, path, default);
    }

    /// <summary>The contents of an image file: PNG, JPEG, BMP, GIF or WebP.</summary>
    /// <param name="encoded">The bytes; not copied.</param>
    public static DigitImage FromEncoded(ReadOnlyMemory<byte> encoded) => new(Form.Encoded, null, encoded);

    /// <summary>A decoded image.</summary>
    /// <param name="image">The image; it stays the caller's.</param>
    public static DigitImage FromImage(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return new(Form.Decoded, image, default);
    }

    /// <summary>Grey levels of the model's own geometry, taken as they are.</summary>
    /// <param name="pixels">784 levels in row order, 0 = background, 255 = full ink; not copied.</param>
    public static DigitImage FromPixels(ReadOnlyMemory<byte> pixels) => new(Form.Pixels, null, pixels);

    internal bool TryDecode(DigitImageDecoder decoder, Span<byte> pixels, out ImageWarnings warnings, out string? error)
    {
        warnings = ImageWarnings.None;
        switch (_form)
        {
            case Form.File:
                return decoder.TryReadFile((string)_object!, pixels, out warnings, out error);
            case Form.Encoded:
                return decoder.TryDecode(_bytes.Span, pixels, out warnings, out error);
            case Form.Decoded:
                return decoder.TryPrepare((MLImage)_object!, pixels, out warnings, out error);
            case Form.Pixels when _bytes.Length == pixels.Length:
                _bytes.Span.CopyTo(pixels);
                error = null;
                return true;
            default:
                error = _form == Form.None ? "there is no image" : $"there are {_bytes.Length} grey levels instead of {pixels.Length}";
                return false;
        }
    }
}
