using System.Buffers;
using System.Globalization;
using System.Text;

namespace MnistAdder.Commands;

/// <summary>
/// Text that others wrote (a model's metadata, a path in a CSV) as it may be shown on a terminal: with an escape sequence in it, it could
/// overwrite what stands there, or look like something else.
/// </summary>
internal static class TerminalText
{
    // Beside what Unicode calls control characters: marks, embeddings, overrides and isolates of writing direction, its line ends, and what has
    // no width and so makes a name look like another: a soft hyphen, a space, a joiner and a byte-order mark.
    private const string Hidden = "\u00ad\u200b\u2060\ufeff\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069";

    private static readonly SearchValues<char> s_unprintable = SearchValues.Create(
        [.. Enumerable.Range(0, 0xa0).Select(code => (char)code).Where(char.IsControl), .. Hidden]);

    /// <summary>The text with what can't be seen made visible, as in <c>\u001b</c>; line ends and tabs stay.</summary>
    public static string Visible(string text) => text.AsSpan().ContainsAny(s_unprintable) ? Escape(text, keepsLines: true) : text;

    /// <summary>The same in one line.</summary>
    public static string OneLine(string text) => text.AsSpan().ContainsAny(s_unprintable) ? Escape(text.ReplaceLineEndings(" ").Replace('\t', ' '), keepsLines: false) : text;

    private static string Escape(string text, bool keepsLines)
    {
        var visible = new StringBuilder(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            char next = text[i];
            bool isKept = !s_unprintable.Contains(next)
                || (keepsLines && (next is '\n' or '\t' || (next == '\r' && i + 1 < text.Length && text[i + 1] == '\n')));
            if (isKept)
                visible.Append(next);
            else
                visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)next:x4}");
        }

        return visible.ToString();
    }
}
