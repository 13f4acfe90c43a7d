using System.Text.RegularExpressions;

namespace MnistAdder.EndToEnd.Tests.Packages;

/// <summary>What a README shows between its words.</summary>
internal static class Readme
{
    /// <summary>The fenced blocks of one language.</summary>
    /// <param name="readme">The file's path in the checkout.</param>
    /// <param name="language">The word behind the fence; empty for commands and tables.</param>
    public static string[] Blocks(string readme, string language) =>
        [.. Regex.Matches(File.ReadAllText(Path.Combine(Repository.Root, readme)), "^```([a-z]*)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)
            .Where(block => block.Groups[1].Value == language)
            .Select(block => block.Groups[2].Value)];
}
