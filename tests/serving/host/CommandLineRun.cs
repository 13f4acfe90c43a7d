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
        int exitCode = CommandLine.RunAsync(arguments, output, error).GetAwaiter().GetResult();
        return new CommandLineRun(exitCode, output.ToString(), error.ToString());
    }
}
