using MnistAdder.Commands;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>The training host's <c>import</c> and <c>export</c>.</summary>
public sealed class ModelCommandTests : IDisposable
{
    private static readonly string[] s_synthetic = ["--dataset", "synthetic", "--limit", "200", "--threads", "1"];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_checkpoint_is_exported_with_the_weights_and_the_origin_of_its_run()
    {
        using RunningProgram training = RunningProgram.Run(Programs.TrainingHost, [.. s_synthetic, "--epochs", "1", "--output", _folder["run"]]);
        Assert.Equal(ExitCodes.Done, training.ExitCode);

        using RunningProgram export = RunningProgram.Run(
            Programs.TrainingHost, ["export", _folder["run"], .. s_synthetic, "--output", _folder["again"], "--weights", _folder["more.safetensors"]]);

        Assert.Equal("", export.Error);
        Assert.Equal(ExitCodes.Done, export.ExitCode);
        byte[] weights = File.ReadAllBytes(_folder["run/weights.safetensors"]);
        Assert.Equal(weights, File.ReadAllBytes(_folder["again/weights.safetensors"]));
        Assert.Equal(weights, File.ReadAllBytes(_folder["more.safetensors"]));
        Assert.Equal(Description(_folder["run/model.onnx"]), Description(_folder["again/model.onnx"]));
    }

    [Fact]
    public void A_checkpoint_is_judged_on_what_its_run_was_judged_on_or_it_is_said_that_it_is_not()
    {
        using RunningProgram training = RunningProgram.Run(
            Programs.TrainingHost, [.. s_synthetic, "--validation", "60", "--epochs", "1", "--output", _folder["run"]]);
        Assert.Equal(ExitCodes.Done, training.ExitCode);
        string[] synthetic = ["--dataset", "synthetic"];

        using RunningProgram same = RunningProgram.Run(Programs.TrainingHost, ["export", _folder["run"], .. synthetic, "--output", _folder["same"]]);
        Assert.Equal((ExitCodes.Done, ""), (same.ExitCode, same.Error));
        Assert.Equal(Line(training, "result").Split(';')[0], Line(same, "result"));
        Assert.Contains("of the validation images", same.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("note ", same.Output, StringComparison.Ordinal);

        using RunningProgram fewer = RunningProgram.Run(Programs.TrainingHost, ["export", _folder["run"], .. synthetic, "--limit", "20", "--output", _folder["fewer"]]);
        Assert.Equal("note     the run was judged on 60 validation images, this model on 20 validation images", Line(fewer, "note"));

        static string Line(RunningProgram run, string start) => run.Output.Split('\n').Single(line => line.StartsWith(start, StringComparison.Ordinal));
    }

    [Fact]
    public void A_model_takes_no_other_models_place_unasked()
    {
        string weights = Path.Combine(Repository.Root, "artifacts", "pretrained", "weights.safetensors");
        using RunningProgram training = RunningProgram.Run(Programs.TrainingHost, [.. s_synthetic, "--epochs", "1", "--output", _folder["run"]]);
        string[] import = ["import", weights, .. s_synthetic, "--output", _folder["run"]];
        using RunningProgram refused = RunningProgram.Run(Programs.TrainingHost, import);
        Assert.Equal(
            (ExitCodes.Failed, $"error: {_folder["run"]} holds another model: --overwrite replaces it, and --output names a fresh folder.\n"),
            (refused.ExitCode, refused.Error));

        using RunningProgram own = RunningProgram.Run(Programs.TrainingHost, ["export", _folder["run"], .. s_synthetic, "--output", _folder["run"]]);
        using RunningProgram asked = RunningProgram.Run(Programs.TrainingHost, [.. import, "--overwrite"]);
        using RunningProgram again = RunningProgram.Run(Programs.TrainingHost, import);
        Assert.Equal((ExitCodes.Done, ExitCodes.Done, ExitCodes.Done), (own.ExitCode, asked.ExitCode, again.ExitCode));
        Assert.Equal(File.ReadAllBytes(weights)[^100..], File.ReadAllBytes(_folder["run/weights.safetensors"])[^100..]);
    }

    [Fact]
    public void Weights_from_elsewhere_become_a_model_that_scores()
    {
        string weights = Path.Combine(Repository.Root, "artifacts", "pretrained", "weights.safetensors");
        using RunningProgram import = RunningProgram.Run(Programs.TrainingHost, ["import", weights, .. s_synthetic, "--output", _folder["theirs"]]);
        Assert.Equal(ExitCodes.Done, import.ExitCode);
        Assert.Contains("ONNX Runtime and TorchSharp agree on 2,000 pairs", import.Output, StringComparison.Ordinal);

        string samples = Path.Combine(Repository.Root, "artifacts", "pretrained", "samples", "samples.csv");
        string[] answers =
        [
            .. new[] { Path.Combine(_folder["theirs"], "model.onnx"), Path.Combine(Repository.Root, "artifacts", "pretrained", "model.onnx") }.Select(model =>
            {
                using RunningProgram score = RunningProgram.Run(Programs.ScoringHost, "score", samples, "--model", model, "--quiet");
                Assert.Equal(ExitCodes.Done, score.ExitCode);
                return score.Output;
            }),
        ];
        Assert.Equal(answers[1], answers[0]);
    }

    [Fact]
    public void A_checkpoint_from_before_the_first_epoch_is_no_model()
    {
        string[] tooFast = ["--recipe", "seed", "--learning-rate", "100", "--momentum", "0.999", "--batch-size", "2"];
        using RunningProgram diverging = RunningProgram.Run(Programs.TrainingHost, [.. s_synthetic, .. tooFast, "--output", _folder["run"]]);
        Assert.StartsWith("error: Training diverged: the loss of epoch 1 is ", diverging.Error, StringComparison.Ordinal);

        using RunningProgram export = RunningProgram.Run(Programs.TrainingHost, ["export", _folder["run"], .. s_synthetic, "--output", _folder["again"]]);

        Assert.Equal(ExitCodes.Failed, export.ExitCode);
        Assert.Equal(
            $"error: The checkpoint in {_folder["run"]} is from before the first epoch: its network has learnt nothing. Train it with --resume first.",
            export.Error.TrimEnd());
        Assert.False(Directory.Exists(_folder["again"]));
    }

    [Theory]
    [InlineData("import nowhere.safetensors", "There is no file nowhere.safetensors.")]
    [InlineData("import README.md", "README.md: the name of a weights file ends with one of .safetensors, .pt, .pth.")]
    [InlineData("export nowhere", "There is no file nowhere.")]
    [InlineData("import x.safetensors --recipe other", "--recipe is 'other'; it must be quick, best, lean, fast or seed.")]
    public void A_mistake_is_one_line_that_names_it(string arguments, string expected)
    {
        using RunningProgram run = RunningProgram.Run(Programs.TrainingHost, arguments.Split(' '));
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.StartsWith($"error: {expected}", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    // All that the model says of itself, but when and from where.
    private static string[] Description(string model)
    {
        using RunningProgram info = RunningProgram.Run(Programs.ScoringHost, "info", model);
        Assert.Equal(ExitCodes.Done, info.ExitCode);
        return [.. info.Output.Split('\n').Where(line => !line.StartsWith("model ", StringComparison.Ordinal) && !line.Contains("date", StringComparison.Ordinal) && !line.StartsWith("trained", StringComparison.Ordinal))];
    }
}
