using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>Programs that are started with a standard stream closed, or full.</summary>
public sealed class StandardStreamTests : IDisposable
{
    private const string Closed = "error: Standard output can't be written: it is closed.\n";
    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("score - <&-", ExitCodes.Failed, "error: standard input, line 1: the file is empty; a header with the columns 'path' and 'number' comes first.\n")]
    [InlineData("score {rows} -q >&-", ExitCodes.Failed, Closed)]
    [InlineData("score {rows} -q -o {output} >&-", ExitCodes.Done, "")]
    [InlineData("score {rows} -o {output} 2>&-", ExitCodes.Done, "")]
    [InlineData("score {rows} -o {output} 2>/dev/full", ExitCodes.Done, "")]
    [InlineData("score nowhere.csv 2>&-", ExitCodes.Failed, "")]
    [InlineData("score nowhere.csv 2</dev/null", ExitCodes.Failed, "")]
    [InlineData("score - 0>/dev/null", ExitCodes.Failed, "error: standard input can't be read to its end: Access to the path is denied.\n")]
    [InlineData("score {rows} -q -o /dev/fd/7", ExitCodes.Failed, "error: The output '/dev/fd/7' can't be written: it is a closed descriptor.\n")]
    [InlineData("score {rows} -q -o /dev/stdout >&-", ExitCodes.Failed, "error: The output '/dev/stdout' can't be written: it is a closed descriptor.\n")]
    [InlineData("score {rows} -q -o /dev/fd/7 7>{output}", ExitCodes.Done, "")]
    [InlineData("score /dev/fd/9", ExitCodes.Failed, "error: The input '/dev/fd/9' can't be read: it is a closed descriptor.\n")]
    [InlineData("score {rows} -q -o {output} <&- >&- 2>&-", ExitCodes.Done, "")]
    [InlineData("score --nonsense 2>&-", ExitCodes.Failed, "")]
    [InlineData("info >&-", ExitCodes.Failed, Closed)]
    [InlineData("--help >&-", ExitCodes.Failed, Closed)]
    public void A_stream_that_is_closed_is_empty_or_said_or_nothing_is_said(string command, int exitCode, string error)
    {
        using RunningProgram run = Run(Programs.ScoringHost, command
            .Replace("{rows}", $"'{_folder.WriteRows(3)}' --model '{_folder.Model}' --provider cpu", StringComparison.Ordinal)
            .Replace("{output}", $"'{_folder.Output}'", StringComparison.Ordinal));
        Assert.Equal((exitCode, error), (run.ExitCode, run.Error));
        Assert.Equal(command.Contains("{output}", StringComparison.Ordinal), File.Exists(_folder.Output));
    }

    [Theory]
    [InlineData("layers >&-", ExitCodes.Failed, Closed)]
    [InlineData("sheet {output} --columns 1 2>&- >/dev/null", ExitCodes.Done, "")]
    [InlineData("import nowhere.safetensors 2>&-", ExitCodes.Failed, "")]
    public void So_it_is_with_the_trainer(string command, int exitCode, string error)
    {
        using RunningProgram run = Run(Programs.TrainingHost, command.Replace("{output}", $"'{_folder.Output}'", StringComparison.Ordinal));
        Assert.Equal((exitCode, error), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData(32)]
    [InlineData(48)]
    [InlineData(64)]
    public void Too_few_open_files_are_one_line(int files)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux's limit is tried.");
        foreach (string program in (string[])[Programs.ScoringHost, Programs.TrainingHost])
        {
            using RunningProgram run = Run(program, "--help", $"ulimit -n {files}; ");
            Assert.Equal(ExitCodes.Failed, run.ExitCode);
            Assert.StartsWith("error: This program needs ", run.Error, StringComparison.Ordinal);
            Assert.EndsWith($" files open at once, and may have only {files} (ulimit -n).\n", run.Error, StringComparison.Ordinal);
            Assert.Equal(1, run.Error.Count(character => character == '\n'));
        }
    }

    [Fact]
    public void A_file_that_outgrows_the_users_limit_is_one_line()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux's limit is tried.");
        string command = $"score '{_folder.WriteRows(5_000)}' --model '{_folder.Model}' --provider cpu -q";
        // The runtime's own file, for code that it writes and runs, would be too large as well.
        const string limit = "export DOTNET_EnableWriteXorExecute=0; ulimit -f 40; ";
        using RunningProgram named = Run(Programs.ScoringHost, $"{command} -o '{_folder.Output}'", limit), standard = Run(Programs.ScoringHost, $"{command} > '{_folder["standard"]}'", limit);
        Assert.Equal((ExitCodes.Failed, $"error: The output '{_folder.Output}' can't be written: File too large.\n"), (named.ExitCode, named.Error));
        Assert.Equal((ExitCodes.Failed, "error: Standard output can't be written: File too large.\n"), (standard.ExitCode, standard.Error));
        Assert.Empty(_folder.Leftovers());
    }

    private static RunningProgram Run(string program, string command, string before = "")
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash.");
        RunningProgram run = RunningProgram.StartCommand("/bin/bash", ["-c", $"{before}exec dotnet '{program}' {command}"]);
        run.WaitForExit();
        return run;
    }
}
