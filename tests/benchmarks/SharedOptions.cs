using System.CommandLine;

namespace MnistAdder.Benchmarks;

/// <summary>Options that several benchmarks take.</summary>
internal static class SharedOptions
{
    public static Option<string> Data() => new("--data") { Description = "Folder of the four MNIST files.", HelpName = "DIR", Required = true };
}
