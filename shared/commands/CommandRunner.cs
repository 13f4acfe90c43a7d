using System.CommandLine;
using System.CommandLine.Invocation;
using MnistAdder.OnnxBatching;

namespace MnistAdder.Commands;

/// <summary>Runs a program's command line and turns its end into an exit code and, where it failed, one line on standard error.</summary>
internal static class CommandRunner
{
    /// <summary>All that a program is: parses and does what the arguments say, until that is done or a signal stops it.</summary>
    /// <param name="create">
    /// Makes the program's commands; their actions give one of <see cref="ExitCodes"/>, and leave no half-written file where they are stopped.
    /// </param>
    /// <param name="arguments">The words behind the program's name.</param>
    /// <param name="explain">
    /// One line for the person at the keyboard, for an error that isn't about files; null where it is the program's own mistake, which deserves its stack.
    /// </param>
    /// <param name="files">How many files it has open at once.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static Task<int> RunAsync(Func<RootCommand> create, IReadOnlyList<string> arguments, Func<Exception, string?> explain, int files) =>
        FileHandles.AreTooFew(files) ? Task.FromResult(ExitCodes.Failed) : RunAsync(create, arguments, explain);

    private static async Task<int> RunAsync(Func<RootCommand> create, IReadOnlyList<string> arguments, Func<Exception, string?> explain)
    {
        // Before all else: a signal may come at any moment, and native libraries look at the environment when they are loaded.
        using var signals = new StopSignals();
        StandardStreams.ReplaceClosed();
        OnnxTelemetry.TurnOff();
        return await RunAsync(create(), arguments, Console.Out, Console.Error, explain, signals);
    }

    /// <summary>The same with the process left as it is.</summary>
    /// <param name="root">The program's commands.</param>
    /// <param name="arguments">The words behind the program's name.</param>
    /// <param name="output">Where descriptions go.</param>
    /// <param name="error">Where errors go.</param>
    /// <param name="explain">One line for an error that isn't about files.</param>
    /// <param name="signals">What stops it.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(
        RootCommand root, IReadOnlyList<string> arguments, TextWriter output, TextWriter error, Func<Exception, string?> explain, StopSignals signals)
    {
        output = new TerminalWriter(output, dropsFailures: false);
        error = new TerminalWriter(error, dropsFailures: true);
        // `help`, `help score` and `score help` are what people try first.
        if (arguments is ["help", ..] or [_, "help"] && arguments.All(word => !word.StartsWith('-')))
            arguments = [.. arguments.Where(word => word != "help"), "--help"];
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            // One line is enough, and the first mistake is the one that others follow from.
            error.WriteLine($"error: {TerminalText.OneLine(Suggestions.Explain(parsed))} (--help lists the options)");
            return ExitCodes.Failed;
        }

        bool quiet = IsSet(parsed, CheckedOption.QuietName), verbose = IsSet(parsed, CheckedOption.VerboseName);
        if (quiet && verbose)
        {
            error.WriteLine($"error: {CheckedOption.QuietName} and {CheckedOption.VerboseName} exclude each other.");
            return ExitCodes.Failed;
        }

        try
        {
            signals.Token.ThrowIfCancellationRequested();
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
            error.WriteLine($"error: {(verbose ? exception.ToString() : TerminalText.OneLine(message))}");
            return ExitCodes.Failed;
        }
    }

    private static string? Message(Exception exception, Func<Exception, string?> explain) => exception switch
    {
        IOException or InvalidDataException or UnauthorizedAccessException => exception.Message,
        OutOfMemoryException => "There is not enough memory.",
        TypeInitializationException { InnerException: DllNotFoundException missing } => explain(exception) ?? missing.Message.Split('\n')[0],
        _ => explain(exception),
    };

    private static bool IsSet(ParseResult parsed, string option) =>
        parsed.CommandResult.Command.Options.Any(one => one.Name == option) && parsed.GetValue<bool>(option);
}
