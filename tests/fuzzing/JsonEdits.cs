using System.Globalization;
using System.Text.RegularExpressions;

namespace MnistAdder.Fuzzing;

/// <summary>Edits that keep JSON readable, or nearly so.</summary>
internal static partial class JsonEdits
{
    private static readonly string[] s_values =
    [
        "null", "true", "false", "0", "-1", "-0.0", "1e400", "1e-400", "0.5", "9223372036854775807", "9223372036854775808", "\"\"", "\"a\\nb\"", "\"\\ud800\"",
        "\"\\u0000\"", "[]", "{}", "[null]", "[0]", "[0,0]", "[-1,1]", "[9223372036854775807,9223372036854775807]", "[[0]]", "\"NaN\"",
    ];

    /// <summary>One edit of a text's tokens.</summary>
    public static string Edit(string json, Mutator mutator)
    {
        MatchCollection tokens = Token().Matches(json);
        if (tokens.Count == 0)
            return mutator.OneOf(s_values);
        Match token = tokens[mutator.Below(tokens.Count)], other = tokens[mutator.Below(tokens.Count)];
        return mutator.Below(9) switch
        {
            0 => Replace(json, token, mutator.AwkwardNumber().ToString(CultureInfo.InvariantCulture)),
            1 or 2 => Replace(json, token, mutator.OneOf(s_values)),
            3 => Replace(json, token, other.Value),
            4 => Replace(json, token, ""),
            5 => Replace(json, token, token.Value + token.Value),
            6 => Replace(json, token, Nested(token.Value, 1 + mutator.Below(200))),
            7 => WithoutValue(json, tokens, mutator),
            _ => WithNumber(json, tokens, mutator),
        };
    }

    private static string Replace(string json, Match token, string text) => string.Concat(json.AsSpan(0, token.Index), text, json.AsSpan(token.Index + token.Length));

    private static string Nested(string value, int depth) => new string('[', depth) + value + new string(']', depth);

    // A value that isn't a name, with something else in its place.
    private static string WithoutValue(string json, MatchCollection tokens, Mutator mutator)
    {
        Match[] values = [.. tokens.Where(token => token.Value[0] is '"' or '-' or 't' or 'f' or 'n' || char.IsAsciiDigit(token.Value[0]))
            .Where(token => !json.AsSpan(token.Index + token.Length).TrimStart().StartsWith(":"))];
        return values.Length == 0 ? json : Replace(json, mutator.OneOf(values), mutator.OneOf(s_values));
    }

    private static string WithNumber(string json, MatchCollection tokens, Mutator mutator)
    {
        Match[] numbers = [.. tokens.Where(token => long.TryParse(token.Value, CultureInfo.InvariantCulture, out _))];
        if (numbers.Length == 0)
            return json;
        Match number = mutator.OneOf(numbers);
        long value = long.Parse(number.Value, CultureInfo.InvariantCulture);
        return Replace(json, number, unchecked(value + mutator.Below(17) - 8).ToString(CultureInfo.InvariantCulture));
    }

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[a-z]+|[\[\]{}:,]
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Token();
}
