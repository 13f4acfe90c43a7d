using MnistAdder.OnnxExport;
using MnistAdder.Training.Base;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Fit;

[Collection(TorchGenerator.Tests)]
public sealed class OutOfMemoryTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_run_whose_batch_does_not_fit_says_so_and_ends_as_one_of_half_the_batch_size()
    {
        const string recipe = "seed";
        _run.Fit(_run.Trainer("half", options => WithRecipe(options, Recipe.Named(recipe), batchSize: 32)));
        var heard = new NoteBook();
        DigitSumTrainer large = _run.Trainer("large", options => WithRecipe(options, Greedy(recipe, fits: 32), batchSize: 64) with { Observer = heard });
        _run.Fit(large);

        Assert.Equal(["Memory ran out in epoch 1 with batch size 64; the epoch begins again, and the run goes on, with 32."], heard.Notes);
        Assert.Equal(File.ReadAllBytes(_run["half/weights.safetensors"]), File.ReadAllBytes(_run["large/weights.safetensors"]));
        Assert.Equal((64, 32), (large.Summary!.Settings.HyperParameters.BatchSize, large.Summary.Settings.HalvedBatchSize));
        Assert.Contains("64, halved to 32 where memory ran out", File.ReadAllText(_run["large/report.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_command_with_resume_goes_on_with_the_half()
    {
        // Small enough that an epoch can be interrupted at its twentieth step.
        static DigitSumTrainerOptions Options(DigitSumTrainerOptions options) => WithRecipe(options, Greedy("quick", fits: 8), batchSize: 16);
        _run.Fit(_run.Trainer("unbroken", Options));
        using var interruption = new TinyRun.Interruption(epoch: 2);
        Assert.Throws<OperationCanceledException>(() => _run.Fit(_run.Trainer("broken", options => Options(options) with { Observer = interruption, Cancellation = interruption.Token })));

        var heard = new NoteBook();
        _run.Fit(_run.Trainer("broken", options => Options(options) with { Observer = heard, Resume = true }));

        Assert.Empty(heard.Notes);
        Assert.Equal(File.ReadAllBytes(_run["unbroken/weights.safetensors"]), File.ReadAllBytes(_run["broken/weights.safetensors"]));
    }

    [Fact]
    public void Half_a_batch_that_does_not_fit_either_ends_the_run_with_one_line()
    {
        TrainingException error = Assert.Throws<TrainingException>(
            () => _run.Fit(_run.Trainer("run", options => WithRecipe(options, Greedy("seed", fits: 16), batchSize: 64))));

        Assert.StartsWith("Memory ran out in epoch 1 with batch size 32: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Start anew with a smaller --batch-size.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.False(File.Exists(_run["run/model.onnx"]));
    }

    [Fact]
    public void A_batch_that_cannot_be_halved_ends_the_run_at_once()
    {
        TrainingException error = Assert.Throws<TrainingException>(
            () => _run.Fit(_run.Trainer("run", options => WithRecipe(options, Greedy("seed", fits: 1), batchSize: 3))));

        Assert.StartsWith("Memory ran out in epoch 1 with batch size 3: ", error.Message, StringComparison.Ordinal);
    }

    [RunsOnCuda]
    public void A_batch_that_does_not_fit_into_a_gpu_is_halved()
    {
        var heard = new NoteBook();
        _run.Fit(_run.Trainer("run", options => WithRecipe(options, Greedy("seed", fits: 32), batchSize: 64) with { Observer = heard, Device = DeviceChoice.Cuda }));

        Assert.Single(heard.Notes);
        Assert.True(File.Exists(_run["run/model.onnx"]));
    }

    private static DigitSumTrainerOptions WithRecipe(DigitSumTrainerOptions options, Recipe recipe, int batchSize) =>
        options with { Recipe = recipe, HyperParameters = options.HyperParameters! with { BatchSize = batchSize } };

    // More than the address space has.
    private const long Greed = 1L << 50;

    private static Recipe Greedy(string recipe, int fits)
    {
        Recipe honest = Recipe.Named(recipe);
        return honest with
        {
            CreateNetwork = () =>
            {
                DigitSumNetwork network = honest.CreateNetwork();
                network.Adder.append("greed", new Greedily(fits));
                return network;
            },
        };
    }

    /// <summary>Changes nothing, and while training asks for more memory than there is where a batch is larger than what fits.</summary>
    private sealed class Greedily(int fits) : nn.Module<Tensor, Tensor>(nameof(Greedily)), IOnnxExportable
    {
        public override Tensor forward(Tensor input)
        {
            if (training && input.shape[0] > fits)
                empty(Greed, device: input.device).Dispose();
            return input.alias();
        }

        public IReadOnlyList<OnnxValue> Export(OnnxGraph graph, IReadOnlyList<OnnxValue> inputs) => inputs;
    }

    private sealed class NoteBook : ITrainingObserver
    {
        public List<string> Notes { get; } = [];

        public void Starting(RunSettings settings, DeviceReport device, IReadOnlyList<LayerRow> layers)
        {
        }

        public void Note(string line) => Notes.Add(line);
    }
}
