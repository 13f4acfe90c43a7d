using System.Diagnostics.CodeAnalysis;

namespace MnistAdder.Serving.DigitSums.Images;

/// <summary>Reads image files whose relative paths start from a folder.</summary>
internal sealed class ImageFiles(DigitImageDecoder decoder, string? folder)
{
    /// <summary>Reads one file.</summary>
    /// <param name="path">Its path, as it stands in the table.</param>
    /// <param name="pixels">Receives 784 grey levels.</param>
    /// <param name="error">Why it can't be read.</param>
    public bool TryRead(string path, Span<byte> pixels, [NotNullWhen(false)] out string? error)
    {
        if (path.Length == 0)
        {
            error = "the path is empty";
            return false;
        }

        return decoder.TryReadFile(folder is null ? path : Path.Combine(folder, path), pixels, out error);
    }
}
