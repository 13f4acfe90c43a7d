using MnistAdder.Training.Base;
using MnistAdder.Training.Checkpoints;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Weights;

namespace MnistAdder.Training.Tests.Weights;

[Collection(TorchGenerator.Tests)]
public sealed class NetworkWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("seed")]
    [InlineData("quick")]
    [InlineData("best")]
    [InlineData("lean")]
    [InlineData("fast")]
    public void A_file_is_recognised_as_its_recipes_network_and_gives_its_weights_and_origin_back(string recipe)
    {
        using DigitSumNetwork network = Recipe.Named(recipe).CreateNetwork();
        var origin = new ModelOrigin("mnist", recipe, Seed: 7, Epochs: 3);
        NetworkWeights.Save(_folder["weights.safetensors"], network, origin);

        (DigitSumNetwork read, ModelOrigin said) = NetworkWeights.Load(_folder["weights.safetensors"], recipe: null);

        using (read)
        {
            Assert.Equal(origin, said);
            Assert.Equal(StateOf(network), StateOf(read));
        }
    }

    [Fact]
    public void Weights_from_elsewhere_say_nothing_of_their_training()
    {
        using DigitSumNetwork network = Recipe.Seed.CreateNetwork();
        SafetensorsFile.Write(_folder["theirs.safetensors"], TorchTensors.FromTorch(network.state_dict()));
        (DigitSumNetwork read, ModelOrigin said) = NetworkWeights.Load(_folder["theirs.safetensors"], recipe: null);
        read.Dispose();
        Assert.Equal(new ModelOrigin(ModelMetadata.UnknownDataset, "seed", null, null), said);
    }

    [Fact]
    public void A_file_of_no_known_network_is_compared_with_the_nearest()
    {
        using DigitSumNetwork network = Recipe.Quick.CreateNetwork();
        SafetensorsTensor[] tensors =
        [
            .. TorchTensors.FromTorch(network.state_dict()).Where(tensor => tensor.Name != "digit.conv2.weight"),
            new SafetensorsTensor("digit.conv9.weight", SafetensorsType.F32, [1], new byte[4]),
        ];
        SafetensorsFile.Write(_folder["other.safetensors"], tensors);
        var error = Assert.Throws<InvalidDataException>(() => NetworkWeights.Load(_folder["other.safetensors"], recipe: null));
        Assert.Equal(
            $"{_folder["other.safetensors"]} is not of the network of recipe quick: 'digit.conv2.weight' is missing; 'digit.conv9.weight' is unknown.", error.Message);
    }

    [Fact]
    public void A_file_of_another_network_than_asked_for_names_the_first_tensors_that_differ()
    {
        using DigitSumNetwork network = Recipe.Seed.CreateNetwork();
        NetworkWeights.Save(_folder["seed.safetensors"], network, new ModelOrigin("mnist", "seed", 1, 1));
        var error = Assert.Throws<InvalidDataException>(() => NetworkWeights.Load(_folder["seed.safetensors"], Recipe.Quick));
        Assert.Contains("'digit.conv1.weight' is F32 [10, 1, 3, 3] and should be F32 [32, 1, 8, 8]; ", error.Message, StringComparison.Ordinal);
        Assert.Matches("; and [0-9]+ more\\.$", error.Message);
    }

    [Theory]
    [InlineData("weights.bin")]
    [InlineData("weights")]
    public void A_name_that_says_no_format_is_refused(string name)
    {
        using DigitSumNetwork network = Recipe.Seed.CreateNetwork();
        var error = Assert.Throws<TrainingException>(() => NetworkWeights.Save(_folder[name], network, new ModelOrigin("mnist", "seed", 1, 1)));
        Assert.Equal($"{_folder[name]}: the name of a weights file ends with one of .safetensors, .pt, .pth.", error.Message);
        Assert.Throws<TrainingException>(() => NetworkWeights.Load(_folder[name], recipe: null));
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("best")]
    public void A_checkpoint_gives_the_network_that_its_run_exported(string recipe)
    {
        using var run = new TinyRun();
        run.Fit(run.Trainer("run", options => options with { Recipe = Recipe.Named(recipe) }));
        using DigitSumNetwork network = Checkpoint.Read(run["run/checkpoint/epoch-0003.safetensors"]).CreateNetwork();
        (DigitSumNetwork exported, _) = NetworkWeights.Load(run["run/weights.safetensors"], recipe: null);
        using (exported)
            Assert.Equal(StateOf(exported), StateOf(network));
    }

    private static IEnumerable<(string Name, string Bytes)> StateOf(DigitSumNetwork network) =>
        TorchTensors.FromTorch(network.state_dict()).Select(tensor => (tensor.Name, Convert.ToHexString(tensor.Data.Span)));
}
