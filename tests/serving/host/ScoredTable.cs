using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.Scoring.Tests;

/// <summary>Scores a CSV inside the test.</summary>
internal static class ScoredTable
{
    public const string Results = "digit,digit_confidence,sum,sum_confidence,error,warning";

    /// <summary>Scores bytes and gives the run and the lines written.</summary>
    public static (CommandLineRun Run, string[] Lines) Score(this ScoringFolder folder, byte[] csv, params string[] options)
    {
        string input = folder.Write("input.csv", csv);
        CommandLineRun run = CommandLineRun.Of(["score", input, "-o", folder.Output, "--model", folder.Model, "--provider", "cpu", .. options]);
        return (run, File.Exists(folder.Output) ? File.ReadAllText(folder.Output).Split('\n') : []);
    }

    public static (CommandLineRun Run, string[] Lines) Score(this ScoringFolder folder, string csv, params string[] options) =>
        Score(folder, System.Text.Encoding.UTF8.GetBytes(csv), options);

    /// <summary>Scores a file that is refused: one line, exit 1 and no output.</summary>
    public static string Refused(this ScoringFolder folder, byte[] csv, params string[] options)
    {
        (CommandLineRun run, _) = folder.Score(csv, options);
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
        Assert.Empty(folder.Leftovers());
        return run.Error;
    }
}
