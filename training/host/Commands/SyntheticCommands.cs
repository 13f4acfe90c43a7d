using System.CommandLine;
using MnistAdder.Commands;
using MnistAdder.Training.Data.Synthetic;
using Spectre.Console;

namespace MnistAdder.TrainingHost.Commands;

/// <summary><c>sheet</c> and <c>samples</c>: the synthetic digits as pictures.</summary>
internal static class SyntheticCommands
{
    private const int SheetRows = 10, ColumnsByDefault = 24, SamplesByDefault = 20;
    private const long SeedByDefault = 1;

    /// <summary>A PNG with many digits on it.</summary>
    public static Command CreateSheet()
    {
        var file = new Argument<string>("file") { Description = "The PNG to write." };
        file.Validators.Add(Suggestions.RefuseOptions);
        Option<long?> seed = Seed();
        Option<int?> columns = CheckedOption.Number<int>("--columns", $"Drawings of each digit. [default: {ColumnsByDefault}]", 1, 200);
        var command = new Command("sheet", "Write a contact sheet of synthetic digits.") { file, seed, columns };
        command.SetAction((parsed, stop) =>
        {
            int wide = parsed.GetValue(columns) ?? ColumnsByDefault;
            string path = parsed.GetRequiredValue(file);
            ContactSheet.Write(path, SyntheticDigits.Draw(wide * SheetRows, parsed.GetValue(seed) ?? SeedByDefault, cancellation: stop), wide);
            AnsiConsole.WriteLine(TerminalText.OneLine($"wrote {path}"));
            return Task.CompletedTask;
        });
        return command;
    }

    /// <summary>Single pictures with a CSV that lists them.</summary>
    public static Command CreateSamples()
    {
        var folder = new Argument<string>("folder") { Description = "The folder to write into." };
        folder.Validators.Add(Suggestions.RefuseOptions);
        Option<long?> seed = Seed();
        Option<int?> count = CheckedOption.Number<int>("--count", $"Pictures to write. [default: {SamplesByDefault}]", 1, 1_000_000);
        var command = new Command("samples", "Write synthetic digits as PNG files, and samples.csv with a number to add to each.") { folder, seed, count };
        command.SetAction((parsed, stop) =>
        {
            string path = parsed.GetRequiredValue(folder);
            long drawn = parsed.GetValue(seed) ?? SeedByDefault;
            SampleImages.Write(path, SyntheticDigits.Draw(parsed.GetValue(count) ?? SamplesByDefault, drawn, cancellation: stop), drawn);
            AnsiConsole.WriteLine(TerminalText.OneLine($"wrote {Path.Combine(path, SampleImages.ListName)}"));
            return Task.CompletedTask;
        });
        return command;
    }

    private static Option<long?> Seed() =>
        CheckedOption.Number<long>("--seed", $"Other seeds draw other digits. [default: {SeedByDefault}]", 0, long.MaxValue);
}
