using System.Text;
using MnistAdder.Commands;
using MnistAdder.Serving.Images;

namespace MnistAdder.Scoring.Csv;

/// <summary>Pictures that are named themselves, by folders or by patterns, instead of by a table's rows.</summary>
/// <param name="Paths">The pictures in their order: that of the arguments, within a folder or pattern that of the names.</param>
/// <param name="Skipped">How many other files were in the folders.</param>
internal sealed record PictureList(IReadOnlyList<string> Paths, int Skipped)
{
    /// <summary>Whether the inputs are pictures and no tables: one is a folder, a picture, or a pattern that matches a picture first.</summary>
    /// <exception cref="IOException">No file matches a pattern.</exception>
    public static bool IsMeant(IReadOnlyList<string> inputs) =>
        inputs.Any(input => Directory.Exists(input) || IsPicture(InputPattern.IsMeant(input) ? InputPattern.Match(input)[0] : input));

    /// <summary>Finds the pictures.</summary>
    /// <param name="inputs">Pictures, folders (the pictures in them, by content, not in folders of theirs) and patterns (<c>scans/*.png</c>).</param>
    /// <exception cref="IOException">A file or folder doesn't exist or can't be read, is no picture, or there are none.</exception>
    public static PictureList Find(IReadOnlyList<string> inputs)
    {
        List<string> paths = [];
        int skipped = 0;
        foreach (string input in inputs)
        {
            if (Directory.Exists(input))
            {
                string[] files = InputPattern.Files(input, "*");
                string[] pictures = [.. files.Where(IsPicture)];
                if (pictures.Length == 0)
                    throw new IOException($"The folder '{input}' has no pictures in it{(files.Length == 0 ? "" : $", only {files.Length} other files")}; folders in it aren't looked into.");
                paths.AddRange(pictures);
                skipped += files.Length - pictures.Length;
            }
            else if (InputPattern.IsMeant(input))
            {
                paths.AddRange(InputPattern.Match(input));
            }
            else
            {
                paths.Add(RequirePicture(input));
            }
        }

        return new PictureList(paths, skipped);
    }

    /// <summary>The table that they would be named by, each with one number.</summary>
    public Stream ToCsv(string pathColumn, string numberColumn, int number)
    {
        var csv = new StringBuilder().Append(Quoted(pathColumn)).Append(',').Append(Quoted(numberColumn)).Append('\n');
        foreach (string path in Paths)
            csv.Append(Quoted(path)).Append(',').Append(number).Append('\n');
        return new MemoryStream(Encoding.UTF8.GetBytes(csv.ToString()));
    }

    private static string RequirePicture(string input)
    {
        if (!File.Exists(input))
            throw new FileNotFoundException($"The input '{input}' doesn't exist.", input);
        return Refusal(input) is { } reason
            ? throw new IOException($"The input '{input}' is no picture: {reason}. Several inputs are either tables, or pictures and folders of them; --number is for pictures.")
            : input;
    }

    // By its first bytes, whatever its name; those of a pipe are still to be read.
    public static bool IsPicture(string path) => Refusal(path) is null;

    private static string? Refusal(string path)
    {
        try
        {
            using FileStream file = RegularFile.OpenRead(path);
            Span<byte> beginning = stackalloc byte[16];
            beginning = beginning[..file.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false)];

            // A table's first column may begin with BM, which is all that marks a bitmap; but no text has a NUL.
            return ImageSignature.Refuse(beginning)
                ?? (beginning.StartsWith("BM"u8) && !beginning.Contains((byte)0) ? ImageErrors.UnknownFormat : null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return TerminalText.OneLine(exception.Message).TrimEnd('.');
        }
    }

    private static string Quoted(string field) => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
