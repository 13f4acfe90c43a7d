namespace MnistAdder.Scoring.Csv;

/// <summary>What people hand over in place of a table, told by first bytes that no CSV has.</summary>
internal static class ForeignFile
{
    private static readonly (byte[] Beginning, string Description)[] s_known =
    [
        ([(byte)'P', (byte)'K', 3, 4], "a zip archive (.xlsx and .ods are such)"),
        ([0xD0, 0xCF, 0x11, 0xE0], "an Office document (.xls is such)"),
        ([0xFD, (byte)'7', (byte)'z', (byte)'X'], "compressed with xz"),
        ([0x28, 0xB5, 0x2F, 0xFD], "compressed with zstd"),
        ([(byte)'7', (byte)'z', 0xBC, 0xAF], "a 7z archive"),
        ([0x89, (byte)'P', (byte)'N', (byte)'G'], "a PNG picture"),
        ([0xFF, 0xD8, 0xFF], "a JPEG picture"),
        ([(byte)'I', (byte)'I', (byte)'*', 0], "a TIFF picture"),
        ([(byte)'M', (byte)'M', 0, (byte)'*'], "a TIFF picture"),
        ([0x08], "a binary file (an ONNX model is such)"),
        ([0xFF, 0xFE, 0, 0], "UTF-32"),
        ([0, 0], "a binary file or UTF-32"),
    ];

    /// <summary>What a file that begins so is, as a part of a sentence.</summary>
    /// <param name="beginning">Its first four bytes.</param>
    /// <returns><see langword="null"/> where it may be a table.</returns>
    public static string? Describe(ReadOnlySpan<byte> beginning)
    {
        foreach ((byte[] known, string description) in s_known)
        {
            if (beginning.StartsWith(known))
                return description;
        }

        return null;
    }
}
