using System.CommandLine;

namespace MnistAdder.Scoring.Cli;

/// <summary><c>score</c>: a CSV of image paths and numbers in, the same with digits and sums out.</summary>
internal static class ScoreCommand
{
    public static Command Create()
    {
        var options = new ScoreOptions();
        var command = new Command("score", "Read the digits in the images that a CSV file names, and add its numbers to them.");
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            TextWriter console = parsed.InvocationConfiguration.Error;
            bool verbose = parsed.GetValue(options.Verbose) && !parsed.GetValue(options.Quiet);
            return CommandRunner.Run(verbose, console, stop => ScoreRun.Run(options.ToSettings(parsed), console, stop));
        });
        return command;
    }
}
