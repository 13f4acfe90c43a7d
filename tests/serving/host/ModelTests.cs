using MnistAdder.Commands;
using MnistAdder.Scoring.Cli;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.Scoring.Tests;

public sealed class ModelTests : IDisposable
{
    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_that_is_missing_is_named()
    {
        Refused(_folder["nowhere.onnx"], "doesn't exist");
        Refused(_folder.Path, "is a folder; it must be a file");
    }

    [Fact]
    public void An_empty_file_and_a_text_are_no_models()
    {
        Refused(_folder.Write("empty.onnx", ""), "is not a model that ONNX Runtime can load");
        Refused(_folder.Write("text.onnx", "this is no model"), "is not a model that ONNX Runtime can load");
        Refused(_folder.Write("cut.onnx", SpotModel.Bytes()[..^200]), "is not a");
    }

    [Fact]
    public void A_named_pipe_is_no_model_and_is_not_waited_for()
    {
        string pipe = NamedPipe.Make(_folder["pipe.onnx"]);
        Refused(pipe, "an empty file, a pipe, a socket or a device");
        CommandLineRun info = CommandLineRun.Of("info", pipe);
        Assert.Equal((ExitCodes.Failed, 1), (info.ExitCode, info.Error.Count(character => character == '\n')));
    }

    [Fact]
    public void A_digit_that_is_none_ends_the_run_and_names_model_and_line()
    {
        string model = _folder.Write("wrong.onnx", SpotModel.BytesWithWrong(digit: 6)), input = _folder.Write("rows.csv", "path,number\n3.bmp,4\n\n6.bmp,0\n");
        CommandLineRun run = CommandLineRun.Of("score", input, "-o", _folder.Output, "--model", model, "--provider", "cpu", "--preprocess", "raw");
        Assert.Equal(
            (ExitCodes.Failed, $"error: {input}, line 4: The model '{model}' isn't a digit-sum model: its output 'digit' is 1006, not 0 to 9.\n"),
            (run.ExitCode, run.Error));
        Assert.Empty(_folder.Leftovers());
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "NaN", "Infinity")]
    [InlineData(-1, "-")]
    [InlineData(40, "")]
    public void A_probability_that_is_none_ends_the_run(float factor, params string[] shown)
    {
        string model = _folder.Write("wrong.onnx", SpotModel.BytesWithProbabilitiesTimes(factor)), input = _folder.Write("rows.csv", "path,number\n3.bmp,4\n");
        CommandLineRun run = CommandLineRun.Of("score", input, "-o", _folder.Output, "--model", model, "--provider", "cpu");
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.StartsWith($"error: {input}, line 2: The model '{model}' isn't a digit-sum model: its output 'sum_probabilities' has ", run.Error, StringComparison.Ordinal);
        Assert.Contains(shown, text => run.Error.Contains(text, StringComparison.Ordinal));
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
    }

    [Fact]
    public void What_a_model_says_of_itself_cannot_steer_the_terminal()
    {
        KeyValuePair<string, string>[] metadata = [new("author\u001b[2J", "me\r\nmetadata  forged = yes\u0007\u202e")];
        CommandLineRun run = CommandLineRun.Of("info", _folder.Write("model.onnx", SpotModel.Bytes(metadata)));
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains("metadata  author\\u001b[2J = me metadata  forged = yes\\u0007\\u202e", run.Output.Split(Environment.NewLine));
    }

    [Fact]
    public void A_model_with_other_tensors_is_told_apart() =>
        Refused(_folder.Write("foreign.onnx", SpotModel.ForeignBytes()), "is not a digit-sum model: it has 1 inputs instead of 2");

    [Fact]
    public void Without_a_model_the_message_says_where_one_was_looked_for()
    {
        var error = Assert.Throws<FileNotFoundException>(() => ModelChoice.Find(null, _folder.Path, _folder.Path));
        Assert.Contains("--model", error.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine("artifacts", "model.onnx"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_latest_model_comes_before_the_release_and_that_before_the_programs_own_copy()
    {
        Directory.CreateDirectory(_folder["artifacts/pretrained"]);
        Directory.CreateDirectory(_folder["program/pretrained"]);
        foreach (string model in (string[])["program/pretrained/model.onnx", "artifacts/pretrained/model.onnx", "artifacts/model.onnx"])
        {
            _folder.Write(model, "");
            Assert.EndsWith(model, Path.GetFullPath(ModelChoice.Find(null, _folder.Path, _folder["program"]), _folder.Path), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("best", "pretrained/model.onnx")]
    [InlineData("fast", "pretrained/fast/model.onnx")]
    [InlineData("fast-int8", "pretrained/fast/model.int8.onnx")]
    public void A_released_model_is_known_by_its_recipe_unless_a_file_has_that_name(string name, string file)
    {
        var error = Assert.Throws<FileNotFoundException>(() => ModelChoice.Find(name, _folder.Path, _folder["program"]));
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
        foreach (string folder in (string[])["artifacts", "program"]) // the program's own comes first
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[$"{folder}/{file}"])!);
            _folder.Write($"{folder}/{file}", "");
            Assert.Equal(_folder[$"{folder}/{file}"], Path.GetFullPath(ModelChoice.Find(name, _folder.Path, _folder["program"])));
        }

        _folder.Write(name, "");
        Assert.Equal(name, ModelChoice.Find(name, _folder.Path, _folder["program"]));
    }

    [Fact]
    public void Info_names_tensors_accuracy_and_origin()
    {
        var metadata = new ModelMetadata("mnist", "seed", 7, 25, 21_843, 0.9932, 0.99164, "test", new DateTimeOffset(2026, 11, 24, 3, 4, 5, TimeSpan.Zero));
        CommandLineRun run = CommandLineRun.Of("info", _folder.Write("model.onnx", SpotModel.Bytes([.. metadata.ToProperties()])));
        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        string[] expected =
        [
            "input     image                Byte [batch, 1, 28, 28]",
            "input     number               Int64 [batch, 1]",
            "output    digit                Int64 [batch]",
            "output    sum_probabilities    Single [batch, 19]",
            "trained   on mnist with recipe seed, seed 7, 25 epochs, 21,843 parameters, 2026-11-24 03:04 UTC",
            "accuracy  digit 99.32 %, sum 99.16 % on test images",
            "metadata  epochs = 25",
        ];
        Assert.Empty(expected.Except(run.Output.Split(Environment.NewLine)));
    }

    [Fact]
    public void Info_of_somebody_elses_model_is_its_tensors()
    {
        CommandLineRun run = CommandLineRun.Of("info", _folder.Write("foreign.onnx", SpotModel.ForeignBytes()));
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Equal(
            ["input     x  Single [batch, 3]", "output    y  Single [batch, 3]", "origin    no metadata of a digit-sum model", ""],
            run.Output.Split(Environment.NewLine)[1..]);
    }

    [Fact]
    public void Info_of_a_file_that_is_no_model_is_one_line()
    {
        CommandLineRun run = CommandLineRun.Of("info", _folder.Write("text.onnx", "this is no model"));
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.StartsWith($"error: '{_folder["text.onnx"]}' is not a model", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
    }

    private void Refused(string model, string expected)
    {
        string input = _folder.Write("rows.csv", "path,number\n3.bmp,4\n");
        CommandLineRun run = CommandLineRun.Of("score", input, "-o", _folder.Output, "--model", model, "--provider", "cpu");
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains($"'{model}' ", run.Error, StringComparison.Ordinal);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
        Assert.Empty(_folder.Leftovers());
    }
}
