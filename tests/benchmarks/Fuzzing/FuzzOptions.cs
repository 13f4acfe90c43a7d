using System.CommandLine;
using MnistAdder.Fuzzing;

namespace MnistAdder.Benchmarks.Fuzzing;

/// <summary>Options of <c>fuzz</c> and of the processes that it starts.</summary>
internal static class FuzzOptions
{
    public static Option<string?> Target(string description)
    {
        var option = new Option<string?>("--target") { Description = description, HelpName = "NAME" };
        option.AcceptOnlyFromAmong([.. FuzzTargets.Names]);
        return option;
    }

    public static Option<ulong> Seed() => new("--seed")
    {
        Description = "Seed of all cases.", HelpName = "S", DefaultValueFactory = _ => FuzzRun.DefaultSeed,
    };

    public static Option<string> Output() => new("--output")
    {
        Description = "Folder for the inputs that failed.", HelpName = "DIR", DefaultValueFactory = _ => Path.Combine("artifacts", "fuzz"),
    };
}

/// <summary>What is run.</summary>
/// <param name="Cases">Cases for each target.</param>
/// <param name="Seed">Seed of all cases.</param>
/// <param name="Output">Folder for the inputs that failed.</param>
internal sealed record FuzzPlan(int Cases, ulong Seed, string Output);

/// <summary>What came of a target.</summary>
/// <param name="Summary">Figures.</param>
/// <param name="EndedBy">What stopped it: cases, time, failures, a crash or a hang.</param>
internal sealed record FuzzOutcome(FuzzSummary Summary, string EndedBy);
