using System.CommandLine;
using System.CommandLine.Parsing;

namespace MnistAdder.Commands;

/// <summary>What was probably meant by a misspelt command or option.</summary>
internal static class Suggestions
{
    /// <summary>Says what is wrong with a command line: its first mistake, with what was probably meant.</summary>
    /// <param name="parsed">A command line that was not understood.</param>
    public static string Explain(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens is not [string word, ..])
            return parsed.Errors[0].Message;
        // An option that an argument took leaves its value over.
        if (parsed.Errors.FirstOrDefault(error => error.SymbolResult is ArgumentResult { Parent: CommandResult }) is { } taken)
            return taken.Message;
        bool isCommand = command.Subcommands.Count > 0 && !word.StartsWith('-');
        return (isCommand ? $"'{word}' is no command." : parsed.Errors[0].Message) + For(word, command);
    }

    /// <summary>Refuses values that were meant as options: an argument takes options that its command doesn't have.</summary>
    public static void RefuseOptions(ArgumentResult result)
    {
        if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith('-') && token.Value.Length > 1) is { } token && result.Parent is CommandResult parent)
            result.AddError($"'{token.Value}' is no option (a file of that name is ./{token.Value}).{For(token.Value, parent.Command)}");
    }

    private static string For(string word, Command command)
    {
        string[] options = [.. command.Options.SelectMany(option => option.Aliases.Append(option.Name))];
        string[] commands = [.. command.Subcommands.Select(subcommand => subcommand.Name).Append("help")];
        if (commands.Concat(options).FirstOrDefault(name => IsBegun(name, word)) is { } begun)
            return $" Did you mean '{begun}'?";

        // `epochs 3` is an option without its dashes.
        IEnumerable<(string Name, string Word)> names = word.StartsWith('-')
            ? options.Select(name => (name, name))
            : [.. commands.Select(name => (name, name)), .. options.Select(name => (name, name.TrimStart('-')))];
        (string Name, int Distance) nearest = names
            .Select(name => (name.Name, Distance(word.ToLowerInvariant(), name.Word)))
            .DefaultIfEmpty(("", int.MaxValue)).MinBy(pair => pair.Item2);
        return nearest.Name != word && nearest.Distance <= nearest.Name.Length / 3 ? $" Did you mean '{nearest.Name}'?" : "";
    }

    // Cut short, in capitals, or without its dashes (`version`).
    private static bool IsBegun(string name, string word)
    {
        string bare = word.TrimStart('-');
        return bare.Length > 0 && name.TrimStart('-').StartsWith(bare, StringComparison.OrdinalIgnoreCase);
    }

    // V. I. Levenshtein's distance, with two neighbours that changed places as one mistake (F. J. Damerau, 1964).
    private static int Distance(string a, string b)
    {
        int[,] distances = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    distances[i, j] = i + j;
                    continue;
                }

                int changed = distances[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                distances[i, j] = Math.Min(changed, 1 + Math.Min(distances[i - 1, j], distances[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    distances[i, j] = Math.Min(distances[i, j], distances[i - 2, j - 2] + 1);
            }
        }

        return distances[a.Length, b.Length];
    }
}
