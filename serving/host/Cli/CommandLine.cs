using System.CommandLine;
using MnistAdder.Commands;

namespace MnistAdder.Scoring.Cli;

/// <summary>The command <c>mnist-adder</c>.</summary>
internal static class CommandLine
{
    /// <summary>Does what the arguments say.</summary>
    /// <param name="arguments">The words behind the program's name.</param>
    /// <param name="output">Where descriptions go; results of <c>score</c> go to the process's standard output.</param>
    /// <param name="error">Where errors, notes and summaries go.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Reads handwritten digits and adds numbers to them, with a model that the training host made.");
        root.Subcommands.Add(ScoreCommand.Create());
        root.Subcommands.Add(InfoCommand.Create());
        root.Subcommands.Add(ScoringDoctor.Create());
        return CommandRunner.RunAsync(root, arguments, output, error, Explain);
    }

    // Options that exclude each other, CUDA that can't be had, a model that fails on its input.
    private static string? Explain(Exception error) => error is InvalidOperationException ? error.Message : null;
}
