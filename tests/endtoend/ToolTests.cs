using System.Diagnostics;
using System.Globalization;
using MnistAdder.Commands;
using MnistAdder.EndToEnd.Tests.Packages;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>The command <c>mnist-adder</c>, installed from its package as anybody does it.</summary>
[Collection(BuiltPackages.Tests)]
public sealed class ToolTests(BuiltPackages packages)
{
    private const int FewestTurns = 5, MostTurns = 25;

    [Fact]
    public void The_installed_tool_reads_the_samples_with_the_model_that_it_carries()
    {
        BuiltPackages.Require();
        using RunningProgram run = Run(Sample.Folder, "score", "samples.csv");
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        string[][] rows = [.. run.Output.TrimEnd('\n').Split('\n').Skip(1).Select(line => line.Split(','))];
        Assert.Equal(Directory.GetFiles(Sample.Folder, "*.png").Length, rows.Length);
        Assert.All(rows, row =>
        {
            int digit = Sample.DigitOf(row[0]);
            Assert.Equal(digit, Number(row[2]));
            Assert.Equal(digit + Number(row[1]), Number(row[4]));
        });
    }

    [Theory]
    [InlineData("--help", "score")]
    [InlineData("info", "accuracy  digit 99.67 %")]
    public void The_installed_tool_describes_itself_and_its_model_where_there_is_nothing_else(string argument, string expected)
    {
        BuiltPackages.Require();
        using RunningProgram run = Run(packages.FolderFor("empty"), argument);
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains(expected, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_commands_of_its_readme_work_on_the_table_of_its_readme()
    {
        BuiltPackages.Require();
        string folder = packages.FolderFor("readme");
        string[] blocks = Readme.Blocks("serving/host/README.md", "");
        string table = blocks.Single(block => block.StartsWith("path,number\n", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder, "digits.csv"), table);
        foreach (string image in table.TrimEnd('\n').Split('\n').Skip(1).Select(row => row.Split(',')[0]))
            File.Copy(Path.Combine(Sample.Folder, image), Path.Combine(folder, image));

        string[] commands = [.. blocks.SelectMany(block => block.Split('\n')).Where(line => line.StartsWith("mnist-adder ", StringComparison.Ordinal))];
        Assert.NotEmpty(commands);
        foreach (string command in commands)
        {
            using RunningProgram run = Run(folder, command.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]);
            Assert.True(run.ExitCode == ExitCodes.Done, $"{command}\n{run.Output}\n{run.Error}");
        }

        Assert.Equal(3, File.ReadAllLines(Path.Combine(folder, "scored.csv")).Length);
    }

    // Both are asked for one image in turns, and each keeps its best time. Other tests run meanwhile, so that few turns may be all
    // disturbed: a program that is slower stays so over many.
    [Fact]
    public void The_first_answer_comes_no_later_than_a_stock_program_s()
    {
        BuiltPackages.Require();
        string stock = packages.Build("StockUser");
        string tool = Installed();
        string rows = Path.Combine(packages.FolderFor("one"), "one.csv");
        File.WriteAllText(rows, $"path,number\n{Sample.Image},5\n");
        TimeSpan ofStock = TimeSpan.MaxValue, ofTool = TimeSpan.MaxValue;
        for (int turn = 1; turn <= FewestTurns || (ofTool > ofStock && turn <= MostTurns); turn++)
        {
            ofStock = Least(ofStock, "dotnet", stock, Path.Combine(Sample.Release, "model.zip"), Sample.Image);
            ofTool = Least(ofTool, tool, "score", rows);
        }

        string times = string.Create(CultureInfo.InvariantCulture, $"stock {ofStock.TotalMilliseconds:0} ms, mnist-adder {ofTool.TotalMilliseconds:0} ms");
        TestContext.Current.SendDiagnosticMessage(times);
        Assert.True(ofTool <= ofStock, times);
    }

    private RunningProgram Run(string folder, params string[] arguments)
    {
        RunningProgram run = RunningProgram.StartCommand(Installed(), arguments, folder: folder);
        run.WaitForExit();
        return run;
    }

    private string Installed()
    {
        string folder = packages.FolderFor("tool");
        string tool = Path.Combine(folder, OperatingSystem.IsWindows() ? "mnist-adder.exe" : "mnist-adder");
        if (!File.Exists(tool))
            BuiltPackages.Succeed("dotnet", "tool", "install", "mnist-adder", "--tool-path", folder, "--add-source", packages.Folder, "--version", packages.Version);
        return tool;
    }

    private static TimeSpan Least(TimeSpan best, string command, params string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        BuiltPackages.Succeed(command, arguments);
        TimeSpan taken = Stopwatch.GetElapsedTime(start);
        return taken < best ? taken : best;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
