using MnistAdder.Training.Base;

namespace MnistAdder.Training.Tests.Output;

[Collection(TorchGenerator.Tests)]
public sealed class EarlierRunTests : IDisposable
{
    private const string Others = "--overwrite replaces it, and --output names a fresh folder.", Offers = ": --resume goes on with it, " + Others;
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_finished_run_of_the_same_settings_is_replaced_and_that_is_said()
    {
        _run.Fit(_run.Trainer("run"));
        var listener = new TinyRun.Listener();
        _run.Fit(_run.Trainer("run", options => options with { Observer = listener, ShowsGallery = false, CheckpointEvery = 2 }));
        Assert.Equal($"the finished run of the same settings in {_run["run"]} is replaced", Assert.Single(listener.Notes));
    }

    [Fact]
    public void An_unfinished_run_is_left_as_it_is()
    {
        using var interruption = new TinyRun.Interruption(epoch: 2, atItsStart: true);
        Assert.Throws<OperationCanceledException>(() => _run.Fit(_run.Trainer("run", options => options with { Observer = interruption, Cancellation = interruption.Token })));
        AssertRefused(" holds an unfinished run (1 of 3 epochs, recipe seed)" + Offers);
    }

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("model.onnx")]
    [InlineData("model.zip")]
    public void A_run_whose_model_was_not_written_is_unfinished(string missing)
    {
        _run.Fit(_run.Trainer("run"));
        File.Delete(_run[$"run/{missing}"]);
        AssertRefused(" holds an unfinished run (3 of 3 epochs, recipe seed)" + Offers);
    }

    [Fact]
    public void A_run_beside_the_model_of_another_is_unfinished()
    {
        _run.Fit(_run.Trainer("run"));
        _run.Fit(_run.Trainer("other", options => options with { Seed = 2 }));
        File.Copy(_run["other/weights.safetensors"], _run["run/weights.safetensors"], overwrite: true);
        AssertRefused(" holds an unfinished run (3 of 3 epochs, recipe seed)" + Offers);
    }

    [Fact]
    public void A_finished_run_of_other_settings_is_left_as_it_is_with_the_differences_named()
    {
        _run.Fit(_run.Trainer("run"));
        AssertRefused(
            " holds a finished run of other settings (seed 1, not 2; epochs 3, not 1): --resume with its own settings goes on with it, " + Others,
            options => options with { Seed = 2, HyperParameters = options.HyperParameters! with { Epochs = 1 } });
    }

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("metrics.json")]
    public void Results_without_a_checkpoint_are_left_as_they_are(string left)
    {
        Directory.CreateDirectory(_run["run"]);
        File.WriteAllText(_run[$"run/{left}"], "somebody's");
        AssertRefused(" holds the results of a run that left no checkpoint: " + Others);
    }

    [Fact]
    public void A_run_with_a_damaged_checkpoint_is_left_as_it_is()
    {
        _run.Fit(_run.Trainer("run"));
        File.WriteAllText(_run["run/checkpoint/epoch-0003.safetensors"], "damaged");
        Dictionary<string, byte[]> before = Files();
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => _run.Fit(_run.Trainer("run")));
        Assert.StartsWith("Damaged checkpoint of epoch 3: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    [Fact]
    public void What_is_there_is_replaced_where_that_is_asked_for()
    {
        _run.Fit(_run.Trainer("run"));
        File.WriteAllText(_run["run/checkpoint/epoch-0003.safetensors"], "damaged");
        _run.Fit(_run.Trainer("run", options => options with { Seed = 2, Overwrite = true }));
        _run.Fit(_run.Trainer("other", options => options with { Seed = 2 }));
        Assert.Equal(File.ReadAllBytes(_run["other/weights.safetensors"]), File.ReadAllBytes(_run["run/weights.safetensors"]));
    }

    private void AssertRefused(string message, Func<DigitSumTrainerOptions, DigitSumTrainerOptions>? change = null)
    {
        Dictionary<string, byte[]> before = Files();
        TrainingException error = Assert.Throws<TrainingException>(
            () => _run.Fit(_run.Trainer("run", options => (change is null ? options : change(options)) with { TensorBoardFolder = _run["run/events"] })));
        Assert.Equal(_run["run"] + message, error.Message);
        Assert.Equal(before, Files());
    }

    private Dictionary<string, byte[]> Files() => Directory.GetFiles(_run["run"], "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllBytes);
}
