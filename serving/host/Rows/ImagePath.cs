using System.Diagnostics.CodeAnalysis;
using MnistAdder.Commands;
using MnistAdder.Serving;

namespace MnistAdder.Scoring.Rows;

/// <summary>Finds the image that a row means, where there is no file of the very path that it has.</summary>
/// <remarks>
/// Tables come from other systems, programs and hands: with spaces around a path, <c>file:</c> URIs, percent signs for characters, backslashes between folders, and <c>~</c>
/// for the home folder. All of these are letters of a path, too, so that the file of exactly that path comes first.
/// </remarks>
internal static class ImagePath
{
    private const string UriScheme = "file:";

    private static readonly string[] s_thisMachine = ["//", "//localhost"];

    /// <summary>Reads and decodes the image of a row.</summary>
    /// <param name="decoder">Reads and prepares images.</param>
    /// <param name="path">The path as the row has it.</param>
    /// <param name="pixels">Receives the grey levels.</param>
    /// <param name="warnings">What casts doubt on the image.</param>
    /// <param name="error">Why there is no image, with the full path where there is no file of it.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryRead(DigitImageDecoder decoder, string path, Span<byte> pixels, out ImageWarnings warnings, [NotNullWhen(false)] out string? error)
    {
        if (decoder.TryReadFile(path, pixels, out warnings, out error))
            return true;
        if (path.Length == 0 || File.Exists(decoder.PathOf(path)))
            return false;
        if (Meaning(decoder, path) is { } found)
            return decoder.TryReadFile(found, pixels, out warnings, out error);
        error = $"{error}: {TerminalText.OneLine(Path.GetFullPath(decoder.PathOf(path)))}";
        return false;
    }

    /// <summary>The file that is read for a row.</summary>
    /// <param name="decoder">Reads images.</param>
    /// <param name="path">The path as the row has it.</param>
    public static FileStatus StatusOf(DigitImageDecoder decoder, string path)
    {
        FileStatus literal = FileStatus.Of(decoder.PathOf(path));
        return literal.Kind == FileKind.Missing && path.Length > 0 && Meaning(decoder, path) is { } found
            ? FileStatus.Of(decoder.PathOf(found))
            : literal;
    }

    private static string? Meaning(DigitImageDecoder decoder, string path) => Meanings(path).FirstOrDefault(meaning => File.Exists(decoder.PathOf(meaning)));

    // What changes least comes first.
    private static IEnumerable<string> Meanings(string path) =>
        from trimmed in Distinct(path, path.Trim())
        from local in Distinct(trimmed, LocalPath(trimmed))
        from slashed in Distinct(local, local.Replace('\\', '/'))
        from unescaped in Distinct(slashed, Uri.UnescapeDataString(slashed))
        from expanded in Distinct(unescaped, WithHome(unescaped))
        select expanded;

    private static IEnumerable<string> Distinct(string one, string other) => one == other ? [one] : [one, other];

    // RFC 8089, for files of this machine. A # or ? that isn't escaped, which Uri takes for the path's end, is more likely a part of it.
    private static string LocalPath(string path)
    {
        if (!path.StartsWith(UriScheme, StringComparison.OrdinalIgnoreCase))
            return path;
        string local = path[UriScheme.Length..];
        string authority = s_thisMachine.FirstOrDefault(one => local.StartsWith(one + "/", StringComparison.OrdinalIgnoreCase), "");
        return OperatingSystem.IsWindows() ? local[authority.Length..].TrimStart('/') : local[authority.Length..];
    }

    private static string WithHome(string path) =>
        path.StartsWith("~/", StringComparison.Ordinal) ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..] : path;
}
