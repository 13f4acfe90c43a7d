using MnistAdder.Training.Base;
using MnistAdder.Training.Checkpoints;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Tests.Fuzzing;
using MnistAdder.Training.Weights;
using TorchSharp;

namespace MnistAdder.Training.Tests.Checkpoints;

[Collection(TorchGenerator.Tests)]
public sealed class ResumeTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("seed", 1, 1)]
    [InlineData("seed", 2, 1)]
    [InlineData("seed", 3, 1)]
    [InlineData("seed", 3, 10)]
    [InlineData("quick", 1, 1)]
    [InlineData("quick", 3, 1)]
    [InlineData("best", 2, 1)]
    public void A_run_interrupted_in_the_middle_of_an_epoch_and_resumed_ends_with_the_weights_of_an_unbroken_one(
        string recipe, int epoch, int checkpointEvery)
    {
        // Batches of 2 make an epoch long enough to be interrupted at its twentieth step.
        HyperParameters small = new(Epochs: 3, BatchSize: 2, LearningRate: 0.01, Momentum: 0.9);
        _run.Fit(_run.Trainer("unbroken", options => options with { Recipe = Recipe.Named(recipe), HyperParameters = small }));
        using var interruption = new TinyRun.Interruption(epoch);
        Assert.Throws<OperationCanceledException>(() => _run.Fit(_run.Trainer("broken", options => options with
        {
            Recipe = Recipe.Named(recipe), HyperParameters = small, Observer = interruption, Cancellation = interruption.Token, CheckpointEvery = checkpointEvery,
        })));
        Assert.False(File.Exists(_run["broken/model.onnx"]));
        Assert.Equal($"epoch-000{epoch - 1}.safetensors", Checkpoints("broken")[^1]);

        DigitSumTrainer resumed = _run.Trainer("broken", options => options with { Recipe = Recipe.Named(recipe), HyperParameters = small, Resume = true });
        _run.Fit(resumed);

        Assert.Equal(File.ReadAllBytes(_run["unbroken/weights.safetensors"]), File.ReadAllBytes(_run["broken/weights.safetensors"]));
        Assert.Equal([1, 2, 3], resumed.Summary!.History.Select(one => one.Epoch));
    }

    [Fact]
    public void A_run_whose_batches_are_split_among_threads_ends_with_the_same_weights_too()
    {
        static DigitSumTrainerOptions Options(DigitSumTrainerOptions options) => options with { Recipe = Recipe.Best, Threads = 2 };
        _run.Fit(_run.Trainer("unbroken", Options));
        using var interruption = new TinyRun.Interruption(epoch: 2, atItsStart: true);
        Assert.Throws<OperationCanceledException>(() => _run.Fit(_run.Trainer("broken", options => Options(options) with { Observer = interruption, Cancellation = interruption.Token })));
        _run.Fit(_run.Trainer("broken", options => Options(options) with { Resume = true }));
        _run.Fit(_run.Trainer("whole", options => Options(options) with { Recipe = Recipe.Best with { Method = Recipe.Best.Method with { Parts = 1 } } }));

        Assert.Equal(File.ReadAllBytes(_run["unbroken/weights.safetensors"]), File.ReadAllBytes(_run["broken/weights.safetensors"]));
        Assert.NotEqual(File.ReadAllBytes(_run["unbroken/weights.safetensors"]), File.ReadAllBytes(_run["whole/weights.safetensors"]));
    }

    [Fact]
    public void A_run_changes_each_image_as_many_times_as_its_method_says()
    {
        _run.Fit(_run.Trainer("three", options => options with { Recipe = Recipe.Best }));
        _run.Fit(_run.Trainer("one", options => options with { Recipe = Recipe.Best with { Method = Recipe.Best.Method with { Variants = 1 } } }));
        Assert.Equal(3, Recipe.Best.Method.Variants);
        Assert.NotEqual(File.ReadAllBytes(_run["three/weights.safetensors"]), File.ReadAllBytes(_run["one/weights.safetensors"]));
    }

    [Fact]
    public void A_finished_run_goes_on_when_more_epochs_are_asked_for()
    {
        _run.Fit(_run.Trainer("long"));
        _run.Fit(_run.Trainer("short", options => options with { HyperParameters = options.HyperParameters! with { Epochs = 2 } }));
        _run.Fit(_run.Trainer("short", options => options with { Resume = true }));
        Assert.Equal(File.ReadAllBytes(_run["long/weights.safetensors"]), File.ReadAllBytes(_run["short/weights.safetensors"]));
    }

    [Fact]
    public void A_run_whose_schedule_depends_on_its_length_goes_on_to_no_other_length()
    {
        _run.Fit(_run.Trainer("run", options => options with { Recipe = Recipe.Quick }));
        TrainingException error = Assert.Throws<TrainingException>(() => _run.Fit(_run.Trainer("run", options => options with
        {
            Recipe = Recipe.Quick, Resume = true, HyperParameters = options.HyperParameters! with { Epochs = 4 },
        })));
        Assert.Contains("epochs 3, not 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_other_settings_is_refused_with_every_difference_named()
    {
        _run.Fit(_run.Trainer("run"));
        TrainingException error = Assert.Throws<TrainingException>(() => _run.Fit(_run.Trainer("run", options => options with
        {
            Resume = true, Seed = 2, HyperParameters = options.HyperParameters! with { BatchSize = 32 }, DatasetName = "mnist",
        })));
        Assert.Contains("dataset synthetic, not mnist; batch size 64, not 32; seed 1, not 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_with_more_epochs_than_are_asked_for_is_refused()
    {
        _run.Fit(_run.Trainer("run"));
        TrainingException error = Assert.Throws<TrainingException>(() => _run.Fit(_run.Trainer("run", options => options with
        {
            Resume = true, HyperParameters = options.HyperParameters! with { Epochs = 2 },
        })));
        Assert.Contains("3 epochs already, more than the 2 asked for", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_recipe_is_refused_by_name()
    {
        _run.Fit(_run.Trainer("run"));
        Recipe other = Recipe.Seed with { Name = "other" };
        TrainingException error = Assert.Throws<TrainingException>(
            () => _run.Fit(_run.Trainer("run", options => options with { Resume = true, Recipe = other })));
        Assert.Contains("recipe seed, not other", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_network_is_refused_with_the_tensor_named()
    {
        _run.Fit(_run.Trainer("run"));
        Recipe other = Recipe.Seed with { CreateNetwork = NetworkWithoutAdderNorms };
        InvalidDataException error = Assert.Throws<InvalidDataException>(
            () => _run.Fit(_run.Trainer("run", options => options with { Resume = true, Recipe = other })));
        Assert.Contains("'network.adder.linear1.weight' is F32 [32, 20] and should be F32 [19, 20]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resuming_without_a_checkpoint_says_where_it_was_looked_for()
    {
        FileNotFoundException error = Assert.Throws<FileNotFoundException>(
            () => _run.Fit(_run.Trainer("empty", options => options with { Resume = true })));
        Assert.Contains(Path.Combine("empty", "checkpoint"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weights_file_in_place_of_a_checkpoint_is_refused_by_its_name()
    {
        _run.Fit(_run.Trainer("run"));
        string checkpoint = Directory.GetFiles(_run["run/checkpoint"])[0];
        File.Copy(_run["run/weights.safetensors"], checkpoint, overwrite: true);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Checkpoint.Read(checkpoint));
        Assert.Contains(checkpoint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_whose_settings_are_damaged_is_refused_by_its_name()
    {
        _run.Fit(_run.Trainer("run"));
        string checkpoint = Directory.GetFiles(_run["run/checkpoint"])[0];
        SafetensorsContent content = SafetensorsFile.Read(checkpoint);
        string state = content.Metadata["mnist_adder_checkpoint"].Replace("\"Seed\":1", "\"Seed\":\"one\"", StringComparison.Ordinal);
        using var damaged = new MemoryStream();
        SafetensorsFile.Write(damaged, content.Tensors, new Dictionary<string, string> { ["mnist_adder_checkpoint"] = state });
        File.WriteAllBytes(checkpoint, CheckpointTarget.Sealed(damaged.ToArray()));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Checkpoint.Read(checkpoint));
        Assert.Contains($"{checkpoint} is a broken checkpoint", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_finished_run_that_is_resumed_says_so_and_ends_with_the_same_weights()
    {
        _run.Fit(_run.Trainer("run"));
        byte[] weights = File.ReadAllBytes(_run["run/weights.safetensors"]);
        var listener = new TinyRun.Listener();
        _run.Fit(_run.Trainer("run", options => options with { Resume = true, Observer = listener }));
        Assert.Contains($"the run in {_run["run"]} is finished, with no epoch left to train; its model is checked and written again", listener.Notes);
        Assert.Equal(weights, File.ReadAllBytes(_run["run/weights.safetensors"]));
    }

    [Theory]
    [InlineData(1, "epoch-0000.safetensors epoch-0001.safetensors epoch-0002.safetensors epoch-0003.safetensors")]
    [InlineData(2, "epoch-0000.safetensors epoch-0002.safetensors epoch-0003.safetensors")]
    public void The_newest_two_checkpoints_are_kept(int every, string written)
    {
        _run.Fit(_run.Trainer("run", options => options with { CheckpointEvery = every }));
        Assert.Equal(written.Split(' ')[^2..], Checkpoints("run"));
    }

    [Fact]
    public void Where_the_newest_checkpoint_is_damaged_the_one_before_is_offered_and_gone_on_from()
    {
        _run.Fit(_run.Trainer("unbroken"));
        using var interruption = new TinyRun.Interruption(epoch: 3, atItsStart: true);
        Assert.Throws<OperationCanceledException>(() => _run.Fit(_run.Trainer("broken", options => options with { Observer = interruption, Cancellation = interruption.Token })));
        string newest = _run["broken/checkpoint/epoch-0002.safetensors"], before = _run["broken/checkpoint/epoch-0001.safetensors"];
        byte[] damaged = File.ReadAllBytes(newest);
        damaged[damaged.Length / 2] ^= 1;
        File.WriteAllBytes(newest, damaged);

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => _run.Fit(_run.Trainer("broken", options => options with { Resume = true })));
        Assert.StartsWith($"Damaged checkpoint of epoch 2: {newest} is damaged", error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"That of epoch 1, {before}, is whole: --resume-from 1 goes on from there.", error.Message, StringComparison.Ordinal);

        _run.Fit(_run.Trainer("broken", options => options with { Resume = true, ResumeFrom = 1 }));
        Assert.Equal(File.ReadAllBytes(_run["unbroken/weights.safetensors"]), File.ReadAllBytes(_run["broken/weights.safetensors"]));
        Assert.Equal(["epoch-0002.safetensors", "epoch-0003.safetensors"], Checkpoints("broken"));
    }

    [Fact]
    public void A_newest_checkpoint_that_is_not_there_is_damaged_and_a_file_of_another_name_is_none()
    {
        _run.Fit(_run.Trainer("run"));
        string newest = _run["run/checkpoint/epoch-0003.safetensors"], before = _run["run/checkpoint/epoch-0002.safetensors"];
        File.Copy(newest, _run["run/checkpoint/epoch-4.safetensors"]);
        File.Delete(newest);
        File.CreateSymbolicLink(newest, newest);
        var folder = new CheckpointFolder(_run["run/checkpoint"]);

        string damage = $"Damaged checkpoint of epoch 3: There is no file {newest}. That of epoch 2, {before}, is whole: ";
        Assert.Equal(damage + "--resume-from 2 goes on from there.", Assert.Throws<InvalidDataException>(() => folder.Load()).Message);
        Assert.Equal(damage + "name that file to export it.", Assert.Throws<InvalidDataException>(() => folder.Load(advice: CheckpointAdvice.Exporting)).Message);
    }

    [Fact]
    public void Where_no_whole_checkpoint_is_left_it_is_said()
    {
        _run.Fit(_run.Trainer("run"));
        foreach (string file in Directory.GetFiles(_run["run/checkpoint"]))
            File.WriteAllBytes(file, File.ReadAllBytes(file)[..^1]);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => _run.Fit(_run.Trainer("run", options => options with { Resume = true })));
        Assert.EndsWith("No earlier one is whole: start anew with --overwrite.", error.Message, StringComparison.Ordinal);

        FileNotFoundException missing = Assert.Throws<FileNotFoundException>(
            () => _run.Fit(_run.Trainer("run", options => options with { Resume = true, ResumeFrom = 1 })));
        Assert.Equal($"There is no checkpoint of epoch 1 in {_run["run/checkpoint"]}, but of 2 and 3.", missing.Message);
    }

    private string[] Checkpoints(string run) => [.. Directory.GetFiles(_run[$"{run}/checkpoint"]).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    private static DigitSumNetwork NetworkWithoutAdderNorms()
    {
        DigitSumNetwork whole = Recipe.Seed.CreateNetwork();
        return new DigitSumNetwork(whole.Columns, torch.nn.Sequential(("linear1", torch.nn.Linear(20, 19))), new SeededRandom(0));
    }
}
