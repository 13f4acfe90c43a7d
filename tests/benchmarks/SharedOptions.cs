using System.CommandLine;

namespace MnistAdder.Benchmarks;

/// <summary>Options that several benchmarks take.</summary>
internal static class SharedOptions
{
    /// <summary>A whole number of at least <paramref name="least"/>.</summary>
    public static Option<int> Count(string name, string description, int initial, int least = 1)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => initial };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < least)
                result.AddError($"{name} must be at least {least}.");
        });
        return option;
    }

    public static Option<string> Data() => new("--data") { Description = "Folder of the four MNIST files.", HelpName = "DIR", Required = true };
}
