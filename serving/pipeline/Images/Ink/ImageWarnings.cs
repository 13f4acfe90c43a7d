namespace MnistAdder.Serving;

/// <summary>
/// What casts doubt on an image that was prepared: it has an answer, which may well be wrong. An image that is taken as it is has none.
/// </summary>
[Flags]
public enum ImageWarnings
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Several separate inks stand side by side: perhaps several digits.</summary>
    SeveralInks = 1,

    /// <summary>The ink touches the image's border: perhaps the digit is cut off, or the ink is a frame or a shadow.</summary>
    InkAtBorder = 2,

    /// <summary>There is hardly any ink: perhaps it is a speck.</summary>
    LittleInk = 4,

    /// <summary>The ink is a rectangle, filled or empty, or another filled shape: no strokes of a digit.</summary>
    Rectangle = 8,

    /// <summary>The ink differs little from its background: perhaps it is noise.</summary>
    LowContrast = 16,
}

/// <summary>Warnings in words.</summary>
internal static class ImageWarningTexts
{
    private static readonly (ImageWarnings Warning, string Text)[] Words =
    [
        (ImageWarnings.SeveralInks, "several separate inks side by side"),
        (ImageWarnings.InkAtBorder, "ink touches the border"),
        (ImageWarnings.LittleInk, "hardly any ink"),
        (ImageWarnings.Rectangle, "the ink is a rectangle"),
        (ImageWarnings.LowContrast, "low contrast"),
    ];

    // One for every combination, so that a row's text takes no memory.
    private static readonly string?[] Texts = [.. Enumerable.Range(0, 1 << Words.Length).Select(combination => Join((ImageWarnings)combination))];

    /// <summary>The warnings' text for a table's column; <see langword="null"/> where there are none.</summary>
    public static string? ToText(this ImageWarnings warnings) => Texts[(int)warnings];

    private static string? Join(ImageWarnings warnings) => warnings == ImageWarnings.None
        ? null
        : string.Join("; ", Words.Where(word => warnings.HasFlag(word.Warning)).Select(word => word.Text));
}
