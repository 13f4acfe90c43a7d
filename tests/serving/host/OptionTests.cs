using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.Scoring.Tests;

public sealed class OptionTests : IDisposable
{
    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--preprocess stretch", "--preprocess is 'stretch'; it must be auto, raw or mnist.")]
    [InlineData("--provider gpu", "--provider is 'gpu'; it must be auto, cuda or cpu.")]
    [InlineData("--on-error ignore", "--on-error is 'ignore'; it must be report or fail.")]
    [InlineData("--format xml", "--format is 'xml'; it must be csv, jsonl or parquet.")]
    [InlineData("--batch-size 0", "--batch-size is '0'; it must be a whole number from 1 to 65536.")]
    [InlineData("--batch-size many", "--batch-size is 'many'")]
    [InlineData("--threads -1", "--threads is '-1'; it must be a whole number from 1 to 1024.")]
    [InlineData("--limit 0", "--limit is '0'; it must be a whole number from 1 to 2147483647.")]
    [InlineData("--quiet --verbose", "--quiet and --verbose exclude each other.")]
    [InlineData("--delimiter x", "--delimiter is 'x'; it must be comma, semicolon, tab or one ASCII character, but no letter, digit, quote or line end.")]
    [InlineData("--delimiter ;;", "--delimiter is ';;'; it must be comma,")]
    [InlineData("--delimiter \"", "--delimiter is '\"'; it must be comma,")]
    [InlineData("--delimiter ¦", "--delimiter is '¦'; it must be comma,")]
    [InlineData("--path-column number", "--path-column and --number-column both name 'number'.")]
    [InlineData("--root nowhere", "The folder 'nowhere' of --root doesn't exist.")]
    [InlineData("--frobnicate", "--frobnicate")]
    [InlineData("another.csv", "The input 'another.csv' doesn't exist.")]
    public void A_wrong_option_is_one_line_and_exit_1(string options, string expected)
    {
        CommandLineRun run = CommandLineRun.Of(["score", _folder.WriteRows(1), "-o", _folder.Output, "--model", _folder.Model, .. options.Split(' ')]);
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
        Assert.Empty(_folder.Leftovers());
    }

    [Theory]
    [InlineData]
    [InlineData("score")]
    [InlineData("subtract")]
    public void A_command_line_without_a_command_or_an_input_is_one_line(params string[] arguments)
    {
        CommandLineRun run = CommandLineRun.Of(arguments);
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.EndsWith("(--help lists the options)" + Environment.NewLine, run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
    }

    [Theory]
    [InlineData("INPUT", "score", "")]
    [InlineData("--output", "score", "rows.csv", "-o", "")]
    [InlineData("--model", "score", "rows.csv", "--model", "")]
    public void An_empty_path_is_one_line(string name, params string[] arguments)
    {
        CommandLineRun run = CommandLineRun.Of(arguments);
        Assert.Equal((ExitCodes.Failed, $"error: {name} is empty; it must be a file's path.{Environment.NewLine}"), (run.ExitCode, run.Error));
    }

    [Fact]
    public void Verbose_shows_the_stack_of_an_error()
    {
        CommandLineRun run = CommandLineRun.Of("score", _folder["nowhere.csv"], "--verbose");
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Raw_takes_28_by_28_as_it_is_and_refuses_the_rest()
    {
        byte[] light = SpotModel.Picture(3);
        const int Pixels = MnistGeometry.PixelCount;
        for (int i = light.Length - Pixels; i < light.Length; i++)
            light[i] = (byte)(255 - light[i]);
        _folder.Write("light.bmp", light);

        (_, string[] auto) = _folder.Score("path,number\nlight.bmp,0\n");
        Assert.Equal("light.bmp,0,3,1,3,1,,", auto[1]);
        (_, string[] raw) = _folder.Score("path,number\nlight.bmp,0\n", "--preprocess", "raw");
        Assert.StartsWith("light.bmp,0,0,", raw[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Cuda_that_cannot_be_had_is_exit_1_and_says_what_is_missing()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidia0"), "This machine has an NVIDIA device.");
        CommandLineRun run = CommandLineRun.Of("score", _folder.WriteRows(1), "--model", _folder.Model, "--provider", "cuda");
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains("CUDA", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
    }

    [Fact]
    public void Auto_says_why_it_took_the_cpu_to_whoever_asks()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidia0"), "This machine has an NVIDIA device.");
        string[] arguments = ["score", _folder.WriteRows(100), "-o", _folder.Output, "--model", _folder.Model];
        Assert.Single(Lines(arguments));
        string[] lines = Lines([.. arguments, "--verbose"]);
        Assert.StartsWith("100 rows, 0 failed, ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("note: CUDA was not to be had: ", Assert.Single(lines[1..]), StringComparison.Ordinal);

        static string[] Lines(string[] arguments) => CommandLineRun.Of(arguments).Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public void The_cpu_that_was_asked_for_needs_no_reason()
    {
        CommandLineRun run = CommandLineRun.Of("score", _folder.WriteRows(1), "-o", _folder.Output, "--model", _folder.Model, "--provider", "cpu", "--verbose");
        Assert.EndsWith($", provider cpu, model {_folder.Model} (of unknown origin)", run.Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_summary_says_what_the_model_was_trained_on_and_warns_of_synthetic_digits()
    {
        ModelMetadata origin = new("synthetic", "quick", 1, 2, 100, 0.9, 0.9, "test", DateTimeOffset.UnixEpoch);
        string model = _folder.Write("synthetic.onnx", SpotModel.Bytes([.. origin.ToProperties()]));
        CommandLineRun run = CommandLineRun.Of("score", _folder.WriteRows(1), "-o", _folder.Output, "--model", model);
        string[] lines = run.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.EndsWith($", model {model} (trained on synthetic)", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("warning: the model was trained on synthetic digits", Assert.Single(lines[1..]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scor", "error: 'scor' is no command. Did you mean 'score'? (--help lists the options)")]
    [InlineData("docotr", "error: 'docotr' is no command. Did you mean 'doctor'? (--help lists the options)")]
    [InlineData("SCORE", "error: 'SCORE' is no command. Did you mean 'score'? (--help lists the options)")]
    [InlineData("version", "error: 'version' is no command. Did you mean '--version'? (--help lists the options)")]
    [InlineData("train", "error: 'train' is no command. (--help lists the options)")]
    public void A_misspelt_command_is_named_with_the_one_that_was_meant(string word, string expected) =>
        Assert.Equal((ExitCodes.Failed, expected + Environment.NewLine), (CommandLineRun.Of(word).ExitCode, CommandLineRun.Of(word).Error));

    [Theory]
    [InlineData("--out", "--output")]
    [InlineData("-n", "--number")]
    [InlineData("-Label", "--label-column")]
    [InlineData("--oputut", "--output")]
    public void An_option_that_is_cut_short_or_misspelt_is_named_with_the_one_that_was_meant(string word, string meant) =>
        Assert.Contains($" Did you mean '{meant}'?", CommandLineRun.Of("score", "rows.csv", word, "x").Error, StringComparison.Ordinal);

    [Fact]
    public void Help_is_a_command_too()
    {
        string help = CommandLineRun.Of("score", "--help").Output;
        Assert.Contains("--label-column", help, StringComparison.Ordinal);
        Assert.Equal(help, CommandLineRun.Of("help", "score").Output);
        Assert.Equal(help, CommandLineRun.Of("score", "help").Output);
        Assert.Equal(CommandLineRun.Of("--help").Output, CommandLineRun.Of("help").Output);
    }

    [Fact]
    public void A_batch_that_does_not_fit_into_memory_is_halved_and_said_in_a_line()
    {
        string[] rest = ["-o", _folder.Output, "--model", _folder.Write("large.onnx", SpotModel.Bytes(largestBatch: 8)), "--batch-size", "16", "--provider", "cpu"];
        CommandLineRun run = CommandLineRun.Of(["score", _folder.WriteRows(100), .. rest]);
        string[] said = run.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Equal("note: A batch of 16 rows didn't fit into the device's memory; from now on a run takes at most 8.", said[0]);
        Assert.StartsWith("100 rows, 0 failed, ", Assert.Single(said[1..]), StringComparison.Ordinal);

        CommandLineRun quiet = CommandLineRun.Of(["score", _folder.WriteRows(100), .. rest, "--quiet"]);
        Assert.Equal((ExitCodes.Done, ""), (quiet.ExitCode, quiet.Error));
    }

    [Fact]
    public void Memory_that_runs_out_a_second_time_is_exit_1_and_one_line()
    {
        string model = _folder.Write("large.onnx", SpotModel.Bytes(largestBatch: 7));
        CommandLineRun run = CommandLineRun.Of("score", _folder.WriteRows(100), "-o", _folder.Output, "--model", model, "--batch-size", "16", "--provider", "cpu");
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains("ran out of memory on a batch", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
        Assert.Empty(_folder.Leftovers());
    }
}
