namespace MnistAdder.Scoring.Csv;

/// <summary>What may stand between a table's fields: any ASCII character but letters, digits, quotes, line ends and NUL.</summary>
internal static class Delimiter
{
    private static readonly (char Character, string Word)[] s_recognised = [(',', "comma"), (';', "semicolon"), ('\t', "tab")];

    /// <summary>Those that are looked for in a header, the first one first.</summary>
    public static IEnumerable<char> Recognised => s_recognised.Select(one => one.Character);

    /// <summary>The words for those that have one.</summary>
    public static IEnumerable<string> Words => s_recognised.Select(one => one.Word);

    /// <summary>A delimiter from its word or from the character itself.</summary>
    /// <returns><see langword="null"/> where the text is neither.</returns>
    public static char? Parse(string text) =>
        s_recognised.FirstOrDefault(one => one.Word == text) is { Word: not null } named ? named.Character
        : text is [var character] && char.IsAscii(character) && !char.IsAsciiLetterOrDigit(character) && character is not ('"' or '\r' or '\n' or '\0') ? character
        : null;

    /// <summary>What a message calls those of a whole file.</summary>
    public static string Describe(char delimiter) =>
        s_recognised.FirstOrDefault(one => one.Character == delimiter) is { Word: not null } named ? named.Word + "s"
        : char.IsControl(delimiter) ? $"U+{(int)delimiter:X4}"
        : $"'{delimiter}'";
}
