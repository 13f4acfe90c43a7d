namespace MnistAdder.Scoring.Csv;

/// <summary>Inputs with wildcards in their last part, <c>rows/*.csv</c>, which a shell may have left as they are.</summary>
internal static class InputPattern
{
    private static readonly char[] s_wildcards = ['*', '?'];

    /// <summary>Whether an input is a pattern: it has wildcards, and there is no file of that very name.</summary>
    public static bool IsMeant(string input) => !File.Exists(input) && input.IndexOfAny(s_wildcards) >= 0;

    /// <summary>The inputs with the files that match in place of each pattern.</summary>
    /// <exception cref="IOException">None match, or the wildcard is in a folder's name.</exception>
    public static IReadOnlyList<string> Expand(IReadOnlyList<string> inputs) => [.. inputs.SelectMany(input => IsMeant(input) ? Match(input) : [input])];

    /// <summary>The files that match a pattern, by name.</summary>
    /// <exception cref="IOException">None do, or the wildcard is in a folder's name.</exception>
    public static string[] Match(string pattern)
    {
        string folder = Path.GetDirectoryName(pattern) is { Length: > 0 } parent ? parent : ".";
        if (folder.IndexOfAny(s_wildcards) >= 0)
            throw new IOException($"The pattern '{pattern}' has a wildcard in a folder's name; it may be in the last part only.");
        string[] files = Directory.Exists(folder) ? Files(folder, Path.GetFileName(pattern)) : [];
        if (files.Length == 0)
            throw new FileNotFoundException($"No file matches the pattern '{pattern}'.", pattern);
        return folder == "." && !pattern.StartsWith('.') ? [.. files.Select(file => Path.GetFileName(file))] : files;
    }

    /// <summary>The files of a folder whose names match, by name.</summary>
    /// <exception cref="IOException">The folder can't be read.</exception>
    public static string[] Files(string folder, string pattern)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)];
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"The folder '{folder}' must not be read by this user.", exception);
        }
    }
}
