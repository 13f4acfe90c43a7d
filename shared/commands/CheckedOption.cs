using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace MnistAdder.Commands;

/// <summary>Options whose mistakes are named together with what would be right.</summary>
internal static class CheckedOption
{
    /// <summary>The option that leaves nothing on the terminal but results and errors.</summary>
    public const string QuietName = "--quiet";

    /// <summary>The option that shows the stack of an error.</summary>
    public const string VerboseName = "--verbose";

    /// <summary><c>--quiet</c>, which excludes <c>--verbose</c>.</summary>
    /// <param name="description">What is printed all the same.</param>
    public static Option<bool> Quiet(string description) => new(QuietName, "-q") { Description = description };

    /// <summary><c>--verbose</c>.</summary>
    /// <param name="description">What is printed besides.</param>
    public static Option<bool> Verbose(string description = "Print the stack of an error.") => new(VerboseName, "-v") { Description = description };

    /// <summary>One of an enumeration's words in lower case.</summary>
    public static Option<T> Choice<T>(string name, string description)
        where T : struct, Enum
    {
        string[] words = [.. Enum.GetNames<T>().Select(word => word.ToLowerInvariant())];
        return new Option<T>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            CustomParser = result => RequireWord(result, name, words) is { } word ? Enum.Parse<T>(word, ignoreCase: true) : default,
        };
    }

    /// <summary>One of some words.</summary>
    public static Option<string?> Word(string name, string[] words, string description) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', words),
        CustomParser = result => RequireWord(result, name, words),
    };

    /// <summary>A folder, which need not exist.</summary>
    public static Option<string?> Folder(string name, string description, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "DIR",
        CustomParser = result =>
        {
            string folder = result.Tokens[0].Value;
            if (folder.Length > 0)
                return folder;
            result.AddError($"{name} is empty; it must be a folder.");
            return null;
        },
    };

    /// <summary>A number within bounds.</summary>
    public static Option<T?> Number<T>(string name, string description, T least, T most)
        where T : struct, INumber<T>
    {
        // A comma between thousands would make 1 of 0,01.
        bool isWhole = T.IsInteger(T.One / (T.One + T.One));
        NumberStyles style = isWhole ? NumberStyles.None : NumberStyles.Float;
        return new Option<T?>(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (T.TryParse(text, style, CultureInfo.InvariantCulture, out T value) && value >= least && value <= most)
                    return value;
                string kind = isWhole ? "a whole number" : "a number";
                string hint = !isWhole && text.Contains(',') ? ", with a point before its decimals" : "";
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is '{text}'; it must be {kind} from {least} to {most}{hint}."));
                return null;
            },
        };
    }

    private static string? RequireWord(ArgumentResult result, string name, string[] words)
    {
        string word = result.Tokens[0].Value;
        if (words.Contains(word))
            return word;
        string choices = words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}";
        result.AddError($"{name} is '{word}'; it must be {choices}.");
        return null;
    }
}
