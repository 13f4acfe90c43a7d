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
