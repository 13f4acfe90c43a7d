using System.CommandLine;
using System.CommandLine.Invocation;

namespace MnistAdder.Commands;

/// <summary>Runs a program's command line and turns its end into an exit code and, where it failed, one line on standard error.</summary>
internal static class CommandRunner
{
    /// <summary>Parses and does what the arguments say, until that is done or a signal stops it.</summary>
    /// <param name="root">The program's commands; their actions give one of <see cref="ExitCodes"/>, and leave no half-written file where they are stopped.</param>
    /// <param name="arguments">The words behind the program's name.</param>
    /// <param name="output">Where descriptions go.</param>
    /// <param name="error">Where errors go.</param>
    /// <param name="explain">
    /// One line for the person at the keyboard, for an error that isn't about files; null where it is the program's own mistake, which deserves its stack.
    /// </param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(
        RootCommand root, IReadOnlyList<string> arguments, TextWriter output, TextWriter error, Func<Exception, string?> explain)
    {
        // `help`, `help score` and `score help` are what people try first.
        if (arguments is ["help", ..] or [_, "help"] && arguments.All(word => !word.StartsWith('-')))
            arguments = [.. arguments.Where(word => word != "help"), "--help"];
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            // One line is enough, and the first mistake is the one that others follow from.
            await error.WriteLineAsync($"error: {Suggestions.Explain(parsed)} (--help lists the options)");
            return ExitCodes.Failed;
        }

        bool quiet = IsSet(parsed, CheckedOption.QuietName), verbose = IsSet(parsed, CheckedOption.VerboseName);
        if (quiet && verbose)
        {
            await error.WriteLineAsync($"error: {CheckedOption.QuietName} and {CheckedOption.VerboseName} exclude each other.");
            return ExitCodes.Failed;
        }

        using var signals = new StopSignals();
        try
        {
            var invocation = new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
            return await parsed.InvokeAsync(invocation, signals.Token);
        }
        catch (OperationCanceledException) when (signals.ExitCode != 0)
        {
            return signals.ExitCode;
        }
        catch (OutputClosedException)
        {
            return ExitCodes.OutputClosed;
        }
        catch (Exception exception) when (Message(exception, explain) is { } message)
        {
            await error.WriteLineAsync($"error: {(verbose ? exception.ToString() : message)}");
            return ExitCodes.Failed;
        }
    }

    private static string? Message(Exception exception, Func<Exception, string?> explain) =>
        exception is IOException or InvalidDataException or UnauthorizedAccessException ? exception.Message : explain(exception);

    private static bool IsSet(ParseResult parsed, string option) =>
        parsed.CommandResult.Command.Options.Any(one => one.Name == option) && parsed.GetValue<bool>(option);
}
