using MnistAdder.Training.Base;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Weights;

namespace MnistAdder.Training.Tests.Weights;

[Collection(TorchGenerator.Tests)]
public sealed class PyTorchFormatTests
{
    [Theory]
    [InlineData("weights.pt")]
    [InlineData("weights.PTH")]
    public void A_build_without_pybridge_says_what_to_do_with_pytorchs_own_files(string path)
    {
        using DigitSumNetwork network = Recipe.Seed.CreateNetwork();
        const string advice = "take .safetensors, or build with -p:PyBridge=true, which adds TorchSharp.PyBridge.";
        var read = Assert.Throws<TrainingException>(() => NetworkWeights.Load(path, recipe: null));
        Assert.Equal($"{path}: this build can't read PyTorch's own files; {advice}", read.Message);
        var write = Assert.Throws<TrainingException>(() => NetworkWeights.Save(path, network, new ModelOrigin("mnist", "seed", 1, 1)));
        Assert.Equal($"{path}: this build can't write PyTorch's own files; {advice}", write.Message);
    }
}
