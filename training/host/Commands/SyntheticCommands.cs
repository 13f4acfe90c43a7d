using System.CommandLine;
using MnistAdder.Training.Data.Synthetic;
using Spectre.Console;

namespace MnistAdder.TrainingHost.Commands;

/// <summary><c>sheet</c> and <c>samples</c>: the synthetic digits as pictures.</summary>
internal static class SyntheticCommands
{
    private const int SheetRows = 10;

    /// <summary>A PNG with many digits on it.</summary>
    public static Command CreateSheet()
    {
        var file = new Argument<string>("file") { Description = "The PNG to write." };
        Option<long> seed = Seed();
        var columns = new Option<int>("--columns") { Description = "Drawings of each digit.", HelpName = "N", DefaultValueFactory = _ => 24 };
        columns.Validators.Add(result => Require(result.GetValueOrDefault<int>() is >= 1 and <= 200, result.AddError, "--columns must be from 1 to 200."));
        var command = new Command("sheet", "Write a contact sheet of synthetic digits.") { file, seed, columns };
        command.SetAction((parsed, stop) =>
        {
            int wide = parsed.GetValue(columns);
            string path = parsed.GetRequiredValue(file);
            ContactSheet.Write(path, SyntheticDigits.Draw(wide * SheetRows, parsed.GetValue(seed), cancellation: stop), wide);
            AnsiConsole.WriteLine($"wrote {path}");
            return Task.CompletedTask;
        });
        return command;
    }

    /// <summary>Single pictures with a CSV that lists them.</summary>
    public static Command CreateSamples()
    {
        var folder = new Argument<string>("folder") { Description = "The folder to write into." };
        Option<long> seed = Seed();
        var count = new Option<int>("--count") { Description = "Pictures to write.", HelpName = "N", DefaultValueFactory = _ => 20 };
        count.Validators.Add(result => Require(result.GetValueOrDefault<int>() is >= 1 and <= 1_000_000, result.AddError, "--count must be from 1 to 1000000."));
        var command = new Command("samples", "Write synthetic digits as PNG files, and samples.csv with a number to add to each.") { folder, seed, count };
        command.SetAction((parsed, stop) =>
        {
            string path = parsed.GetRequiredValue(folder);
            long drawn = parsed.GetValue(seed);
            SampleImages.Write(path, SyntheticDigits.Draw(parsed.GetValue(count), drawn, cancellation: stop), drawn);
            AnsiConsole.WriteLine($"wrote {Path.Combine(path, SampleImages.ListName)}");
            return Task.CompletedTask;
        });
        return command;
    }

    private static Option<long> Seed() => new("--seed") { Description = "Other seeds draw other digits.", HelpName = "N", DefaultValueFactory = _ => 1 };

    private static void Require(bool condition, Action<string> addError, string message)
    {
        if (!condition)
            addError(message);
    }
}
