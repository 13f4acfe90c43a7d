using MnistAdder.Commands;
using MnistAdder.Scoring.Cli;

namespace MnistAdder.Scoring.Tests;

/// <summary>What a command line did, run inside the test.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Output">Standard output, without results of <c>score</c>.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CommandLineRun(int ExitCode, string Output, string Error)
{
    public static CommandLineRun Of(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var signals = new StopSignals();
        int exitCode = CommandRunner.RunAsync(CommandLine.Create(), arguments, output, error, CommandLine.Explain, signals).GetAwaiter().GetResult();
        return new CommandLineRun(exitCode, output.ToString(), error.ToString());
    }
}
