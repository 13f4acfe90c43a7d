using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using MnistAdder.Serving;

namespace MnistAdder.Server.DigitSums;

/// <summary>A picture and a number, as a client sends them.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Number">The number to add, which may be any.</param>
/// <param name="Id">The client's name for it, any value as JSON; null where it has none.</param>
internal sealed record DigitSumQuestion(DigitImage Image, long Number, string? Id = null)
{
    private const string ImageMember = "image", PixelsMember = "pixels", NumberMember = "number", IdMember = "id";

    /// <summary>Reads a question in JSON: an object with <c>image</c> (an encoded picture in Base64, a data URL or not) or <c>pixels</c> (784 grey levels), and <c>number</c>.</summary>
    /// <param name="utf8">The object.</param>
    /// <param name="question">The question.</param>
    /// <param name="error">What is wrong with it, a clause.</param>
    public static bool TryParse(ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out DigitSumQuestion? question, [NotNullWhen(false)] out string? error)
    {
        question = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                error = "it is no JSON object";
                return false;
            }

            return TryParse(document.RootElement, out question, out error);
        }
        catch (JsonException exception)
        {
            error = $"it is no JSON: {exception.Message}";
            return false;
        }
        catch (InvalidOperationException)
        {
            error = "a name or the id in it isn't valid UTF-8";
            return false;
        }
    }

    private static bool TryParse(JsonElement json, [NotNullWhen(true)] out DigitSumQuestion? question, [NotNullWhen(false)] out string? error)
    {
        question = null;
        bool hasImage = json.TryGetProperty(ImageMember, out JsonElement image), hasPixels = json.TryGetProperty(PixelsMember, out JsonElement pixels);
        if (hasImage == hasPixels)
        {
            error = hasImage ? $"it has both '{ImageMember}' and '{PixelsMember}'" : $"it has neither '{ImageMember}' nor '{PixelsMember}'";
            return false;
        }

        if (!json.TryGetProperty(NumberMember, out JsonElement number) || number.ValueKind != JsonValueKind.Number || !number.TryGetInt64(out long addend))
        {
            error = $"'{NumberMember}' is missing or no whole number";
            return false;
        }

        DigitImage digit;
        if (hasImage)
        {
            if (DecodeBase64(image) is not { } encoded)
            {
                error = $"'{ImageMember}' is no picture in Base64";
                return false;
            }

            digit = DigitImage.FromEncoded(encoded);
        }
        else
        {
            if (Levels(pixels) is not { } levels)
            {
                error = $"'{PixelsMember}' isn't {MnistGeometry.PixelCount} grey levels, 0 to 255";
                return false;
            }

            digit = DigitImage.FromPixels(levels);
        }

        question = new DigitSumQuestion(digit, addend, json.TryGetProperty(IdMember, out JsonElement id) ? id.GetRawText() : null);
        error = null;
        return true;
    }

    private static byte[]? DecodeBase64(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            if (json.TryGetBytesFromBase64(out byte[]? bytes))
                return bytes;

            // As a browser's canvas gives it: "data:image/png;base64,…".
            string text = json.GetString()!;
            int comma = text.IndexOf(',', StringComparison.Ordinal);
            return text.StartsWith("data:", StringComparison.OrdinalIgnoreCase) && comma > 0 && text[..comma].EndsWith(";base64", StringComparison.OrdinalIgnoreCase)
                ? Convert.FromBase64String(text[(comma + 1)..])
                : null;
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static byte[]? Levels(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() != MnistGeometry.PixelCount)
            return null;
        byte[] levels = new byte[MnistGeometry.PixelCount];
        int at = 0;
        foreach (JsonElement level in json.EnumerateArray())
        {
            if (level.ValueKind != JsonValueKind.Number || !level.TryGetByte(out levels[at++]))
                return null;
        }

        return levels;
    }
}
