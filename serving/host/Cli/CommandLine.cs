using System.CommandLine;

namespace MnistAdder.Scoring.Cli;

/// <summary>The command <c>mnist-adder</c>.</summary>
internal static class CommandLine
{
    /// <summary>Its subcommands.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("Reads handwritten digits and adds numbers to them, with a model that the training host made.");
        root.Subcommands.Add(ScoreCommand.Create());
        root.Subcommands.Add(PlanCommand.Create());
        root.Subcommands.Add(MergeCommand.Create());
        root.Subcommands.Add(ServeCommand.Create());
        root.Subcommands.Add(InfoCommand.Create());
        root.Subcommands.Add(ScoringDoctor.Create());
        return root;
    }

    /// <summary>What errors say that aren't about files: options that exclude each other, CUDA that can't be had, a model that fails on its input.</summary>
    public static string? Explain(Exception error) => error is InvalidOperationException ? error.Message : null;
}
