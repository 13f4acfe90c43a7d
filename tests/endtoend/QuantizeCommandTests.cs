using MnistAdder.Commands;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>The training host's <c>quantize</c>.</summary>
public sealed class QuantizeCommandTests : IDisposable
{
    private static readonly string s_fast = Path.Combine(Repository.Root, "artifacts", "pretrained", "fast", "model.onnx");
    private static readonly string[] s_synthetic = ["--dataset", "synthetic", "--limit", "640"];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("onnxruntime")]
    [InlineData("standard")]
    public void A_model_in_integers_scores_as_the_float_model_does_and_says_what_it_is(string form)
    {
        using RunningProgram quantize = RunningProgram.Run(
            Programs.TrainingHost, ["quantize", s_fast, .. s_synthetic, "--form", form, "--max-loss", "5", "-o", _folder["int8.onnx"], "--quiet"]);
        Assert.Equal((ExitCodes.Done, "", ""), (quantize.ExitCode, quantize.Output, quantize.Error));
        Assert.True(new FileInfo(_folder["int8.onnx"]).Length < 0.6 * new FileInfo(s_fast).Length);

        using RunningProgram info = RunningProgram.Run(Programs.ScoringHost, "info", _folder["int8.onnx"]);
        Assert.Matches(@"quantised int8, \d of 6 layers; in floats digit \d+\.\d\d %", info.Output);
        Assert.Contains("recipe fast, seed 101", info.Output, StringComparison.Ordinal);
        Assert.Contains(" on synthetic test images", info.Output, StringComparison.Ordinal);

        string samples = Path.Combine(Repository.Root, "artifacts", "pretrained", "samples", "samples.csv");
        string[] answers = [.. new[] { s_fast, _folder["int8.onnx"] }.Select(Digits)];
        Assert.Equal(answers[0], answers[1]);

        string Digits(string model)
        {
            using RunningProgram score = RunningProgram.Run(Programs.ScoringHost, "score", samples, "--model", model, "--quiet");
            Assert.Equal(ExitCodes.Done, score.ExitCode);
            return string.Join(' ', score.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')[^6] + line.Split(',')[^4]));
        }
    }

    [Fact]
    public void Accuracies_speeds_and_layers_are_told()
    {
        using RunningProgram quantize = RunningProgram.Run(Programs.TrainingHost, ["quantize", s_fast, .. s_synthetic, "--max-loss", "5", "-o", _folder["int8.onnx"]]);
        Assert.Equal(ExitCodes.Done, quantize.ExitCode);
        Assert.Matches(@"layer    (integers|floats  ) Conv .*conv2", quantize.Output);
        Assert.Matches(@"floats   digit \d+\.\d\d%, sum \d+\.\d\d% of the synthetic test images with all ten addends; \d+\.\d µs an image in batches of 64, \d+\.\d µs alone", quantize.Output);
        Assert.Matches(@"integers digit \d+\.\d\d%, sum \d+\.\d\d%; \d+\.\d µs", quantize.Output);
        Assert.Matches(@"speed    \d+\.\d\d times in batches", quantize.Output);
        Assert.Contains("looking at its values on the calibration data", quantize.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_can_not_do_ends_with_1_and_leaves_nothing()
    {
        _folder.Write("other.onnx", "no model"u8.ToArray());
        string there = _folder.Write("there.onnx", "mine"u8.ToArray());
        (string[] Arguments, string Expected)[] cases =
        [
            ([_folder["missing.onnx"], "-o", _folder["out.onnx"]], "missing.onnx"),
            ([_folder["other.onnx"], "-o", _folder["out.onnx"]], "other.onnx"),
            ([s_fast, "-o", there], "there.onnx exists: --overwrite replaces it"),
            ([s_fast, "-o", _folder["out.onnx"], "--limit", "60"], "Calibration takes at least 64 training images; there are 60."),
        ];
        foreach ((string[] arguments, string expected) in cases)
        {
            using RunningProgram run = RunningProgram.Run(Programs.TrainingHost, ["quantize", .. arguments, "--dataset", "synthetic", "--quiet"]);
            Assert.Equal((ExitCodes.Failed, ""), (run.ExitCode, run.Output));
            Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        }

        Assert.Equal("mine", File.ReadAllText(there));
        Assert.Equal(["other.onnx", "there.onnx"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_model_in_integers_is_not_quantised_again()
    {
        using RunningProgram once = RunningProgram.Run(Programs.TrainingHost, ["quantize", s_fast, .. s_synthetic, "--max-loss", "5", "-o", _folder["int8.onnx"], "--quiet"]);
        using RunningProgram twice = RunningProgram.Run(Programs.TrainingHost, ["quantize", _folder["int8.onnx"], .. s_synthetic, "--quiet"]);
        Assert.Equal((ExitCodes.Done, ExitCodes.Failed), (once.ExitCode, twice.ExitCode));
        Assert.Contains("quantised already", twice.Error, StringComparison.Ordinal);
    }
}
