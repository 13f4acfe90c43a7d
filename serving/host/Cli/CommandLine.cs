using System.CommandLine;
using System.CommandLine.Invocation;
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
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Reads handwritten digits and adds numbers to them, with a model that the training host made.");
        root.Subcommands.Add(ScoreCommand.Create());
        root.Subcommands.Add(InfoCommand.Create());
        root.Subcommands.Add(DoctorCommand.Create());

        ParseResult parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            // One line is enough, and the first mistake is the one that others follow from.
            error.WriteLine($"error: {parsed.Errors[0].Message} (--help lists the options)");
            return ExitCodes.Failed;
        }

        // Signals are handled by the commands, which leave no half-written file.
        return parsed.Invoke(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        });
    }
}
