using System.Diagnostics;
using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.EndToEnd.Tests;

public sealed class ScoringCommandTests : IDisposable
{
    // More than a pipe and the program's buffers hold, and a second or two of work.
    private const int ManyRows = 60_000;

    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Help_lists_every_option()
    {
        using RunningProgram help = RunningProgram.Run(Programs.ScoringHost, "score", "--help");
        Assert.Equal(ExitCodes.Done, help.ExitCode);
        string[] options =
        [
            "--output", "--model", "--root", "--path-column", "--number-column", "--delimiter", "--output-prefix", "--preprocess", "--provider", "--batch-size",
            "--threads", "--probabilities", "--on-error", "--format", "--limit", "--quiet", "--verbose",
        ];
        Assert.All(options, option => Assert.Contains(option, help.Output, StringComparison.Ordinal));
        Assert.Contains("warning", help.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_go_to_standard_output_and_the_summary_to_standard_error()
    {
        using RunningProgram run = Score(_folder.Write("rows.csv", "path,number\n3.bmp,4\n5.bmp,ten\n"));
        run.WaitForExit();
        Assert.Equal(ExitCodes.DoneWithBadRows, run.ExitCode);
        Assert.Equal(
            "path,number,digit,digit_confidence,sum,sum_confidence,error,warning\n3.bmp,4,3,1,7,1,,\n5.bmp,ten,,,,,\"the number is 'ten', not an integer 0 to 9\",\n",
            run.Output);
        Assert.StartsWith("2 rows, 1 failed, ", run.Error, StringComparison.Ordinal);
    }

    // A pause may come within a batch and at its end.
    [Theory]
    [InlineData("32")]
    [InlineData("1")]
    public void The_first_rows_come_out_while_later_ones_still_go_in(string batchSize)
    {
        using RunningProgram run = RunningProgram.StartWithInput(Programs.ScoringHost, ScoreArguments("-", "--root", _folder.Path, "--batch-size", batchSize));
        run.Send("path,number\n1.bmp,2\n");
        run.WaitForOutput("1.bmp,2,1,1,3,1,,\n");
        Assert.DoesNotContain("4.bmp", run.Output, StringComparison.Ordinal);
        run.Send("4.bmp,5\n6.bm");
        run.WaitForOutput("4.bmp,5,4,1,9,1,,\n");
        run.Send("p,7\n");
        run.WaitForOutput("6.bmp,7,6,1,13,1,,\n");
        run.EndInput();
        run.WaitForExit();
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.StartsWith("3 rows, 0 failed, ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csv", "1.bmp,2,1,1,3,1,,")]
    [InlineData("jsonl", "\"path\":\"1.bmp\"")]
    public void Rows_before_one_that_ends_the_run_are_written(string format, string row)
    {
        using RunningProgram run = RunningProgram.StartWithInput(Programs.ScoringHost, ScoreArguments("-", "--root", _folder.Path, "--format", format));
        run.Send("path,number\n1.bmp,2\n\"ab,2\n");
        run.EndInput();
        run.WaitForExit();
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains(row, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_is_swapped_or_spoilt_during_the_run_changes_no_answer()
    {
        using RunningProgram run = RunningProgram.StartWithInput(Programs.ScoringHost, ScoreArguments("-", "--root", _folder.Path));
        run.Send("path,number\n1.bmp,2\n");
        run.WaitForOutput("1.bmp,2,1,1,3,1,,\n");
        byte[] other = File.ReadAllBytes(Path.Combine(Repository.Root, "artifacts", "pretrained", "model.onnx"));
        AtomicFile.Write(_folder.Model, stream => stream.Write(other));
        run.Send("4.bmp,5\n");
        run.WaitForOutput("4.bmp,5,4,1,9,1,,\n");
        File.WriteAllBytes(_folder.Model, []);
        run.Send("6.bmp,7\n");
        run.WaitForOutput("6.bmp,7,6,1,13,1,,\n");
        run.EndInput();
        run.WaitForExit();
        Assert.Equal(ExitCodes.Done, run.ExitCode);
    }

    [Theory]
    [InlineData(RunningProgram.Interrupt, ExitCodes.Interrupted)]
    [InlineData(RunningProgram.Terminate, ExitCodes.Terminated)]
    [InlineData(RunningProgram.Kill, 137)]
    public void A_run_that_is_stopped_leaves_no_output_under_its_name(int signal, int exitCode)
    {
        string input = _folder.WriteRows(ManyRows);
        using RunningProgram run = Score(input, "-o", _folder.Output, "--batch-size", "1", "--threads", "1");
        WaitFor(() => Directory.GetFiles(_folder.Path, "output.*.tmp").Any(file => new FileInfo(file).Length > 0));
        run.Signal(signal);
        run.WaitForExit();
        Assert.Equal(exitCode, run.ExitCode);
        Assert.False(File.Exists(_folder.Output));
        if (signal != RunningProgram.Kill)
            Assert.Empty(_folder.Leftovers());
    }

    [Fact]
    public void A_run_that_waits_for_its_input_can_be_interrupted()
    {
        using RunningProgram run = RunningProgram.StartWithInput(Programs.ScoringHost, ScoreArguments("-", "--root", _folder.Path, "-o", _folder.Output));
        run.Send("path,number\n1.bmp,2\n");
        WaitFor(() => Directory.GetFiles(_folder.Path, "output.*.tmp").Any(file => new FileInfo(file).Length > 0));
        run.Signal(RunningProgram.Interrupt);
        run.WaitForExit();
        Assert.Equal((ExitCodes.Interrupted, ""), (run.ExitCode, run.Error));
        Assert.Empty(_folder.Leftovers());
    }

    [Fact]
    public void A_run_that_waits_for_its_header_can_be_interrupted()
    {
        using RunningProgram run = RunningProgram.StartWithInput(Programs.ScoringHost, ScoreArguments("-"));
        run.Send("path,");
        Thread.Sleep(TimeSpan.FromSeconds(1));
        run.Signal(RunningProgram.Interrupt);
        run.WaitForExit();
        Assert.Equal((ExitCodes.Interrupted, "", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public void A_reader_that_has_enough_ends_the_run_quietly()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash.");
        string command = $"dotnet '{Programs.ScoringHost}' {string.Join(' ', ScoreArguments(_folder.WriteRows(ManyRows)).Select(word => $"'{word}'"))} | head -n 2; echo ${{PIPESTATUS[0]}}";
        using RunningProgram run = RunningProgram.StartCommand("/bin/bash", ["-c", command]);
        run.WaitForExit();
        Assert.Equal("path,number,digit,digit_confidence,sum,sum_confidence,error,warning\n0.bmp,0,0,1,0,1,,\n141\n", run.Output);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public void Both_streams_can_go_to_one_file()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash.");
        string command = $"dotnet '{Programs.ScoringHost}' {string.Join(' ', ScoreArguments(_folder.WriteRows(2)).Select(word => $"'{word}'"))} > '{_folder["both"]}' 2>&1";
        using RunningProgram run = RunningProgram.StartCommand("/bin/bash", ["-c", command]);
        run.WaitForExit();
        string[] lines = File.ReadAllLines(_folder["both"]);
        Assert.Equal(4, lines.Length);
        Assert.Equal("1.bmp,0,1,1,1,1,,", lines[2]);
        Assert.StartsWith("2 rows, 0 failed, ", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_pipe_is_written_to_and_stays_one()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash.");
        string pipe = _folder["pipe"];
        string score = $"dotnet '{Programs.ScoringHost}' {string.Join(' ', ScoreArguments(_folder.WriteRows(1), "-q", "-o", pipe).Select(word => $"'{word}'"))}";
        using RunningProgram run = RunningProgram.StartCommand("/bin/bash", ["-c", $"mkfifo '{pipe}' && {{ {score} & cat '{pipe}'; wait $!; }} && test -p '{pipe}'"]);
        run.WaitForExit();
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.EndsWith("0.bmp,0,0,1,0,1,,\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_runtime_logs_of_a_model_is_not_printed_unless_it_is_asked_for()
    {
        string model = _folder.Write("large.onnx", SpotModel.Bytes(largestBatch: 7));
        string[] arguments = ["score", _folder.WriteRows(100), "-o", _folder.Output, "--model", model, "--provider", "cpu", "--batch-size", "16"];
        using RunningProgram run = RunningProgram.Run(Programs.ScoringHost, arguments), verbose = RunningProgram.Run(Programs.ScoringHost, [.. arguments, "--verbose"]);
        Assert.Equal((ExitCodes.Failed, 1), (run.ExitCode, run.Error.Count(character => character == '\n')));
        Assert.Contains("[E:onnxruntime:", verbose.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_is_one_line_and_exit_1()
    {
        using RunningProgram run = Score(_folder.Write("rows.csv", "path\n3.bmp\n"), "-o", _folder.Output);
        run.WaitForExit();
        Assert.Equal(
            (ExitCodes.Failed, "", $"error: {_folder["rows.csv"]}, line 1: the header has no column 'number', only 'path' (taken to be separated by commas); --number-column takes another name, --delimiter another separator.\n"),
            (run.ExitCode, run.Output, run.Error));
        Assert.Empty(_folder.Leftovers());
    }

    private RunningProgram Score(string input, params string[] options) => RunningProgram.Start(Programs.ScoringHost, ScoreArguments(input, options));

    private string[] ScoreArguments(string input, params string[] options) =>
        ["score", input, "--model", _folder.Model, "--provider", "cpu", .. options];

    private static void WaitFor(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "Nothing was written within a minute.");
            Thread.Sleep(5);
        }
    }
}
