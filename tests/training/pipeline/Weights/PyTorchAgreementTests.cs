using MnistAdder.Training.Data;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Weights;

/// <summary>The same weights give the same logits in PyTorch, whichever side wrote them.</summary>
[Collection(TorchGenerator.Tests)]
public sealed class PyTorchAgreementTests : IDisposable
{
    private const double Tolerance = 1e-5;
    private static readonly string s_scripts = Path.Combine(Repository.Root, "tests", "training", "pipeline", "Weights", "Python");
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _images, _numbers;

    public PyTorchAgreementTests()
    {
        (Tensor levels, _) = TorchDigits.ToDevice(TinyRun.Test, CPU);
        _images = TorchDigits.Normalize(levels);
        _numbers = arange(TinyRun.Test.Count).remainder(ModelContract.DigitClasses);
        SafetensorsFile.Write(_folder["inputs"], TorchTensors.FromTorch(new Dictionary<string, Tensor> { ["images"] = _images, ["numbers"] = _numbers }));
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("best")]
    public void PyTorch_gets_the_same_logits_from_weights_of_this_project(string recipe)
    {
        Python.RequireModule("torch", "python3-torch");
        manual_seed(1);
        using DigitSumNetwork network = Recipe.Named(recipe).CreateNetwork();
        // A few passes give the normalisation layers statistics of their own.
        for (int pass = 0; pass < 3; pass++)
            network.call(_images.add(randn_like(_images)), OneHot);
        NetworkWeights.Save(_folder["weights.safetensors"], network, new ModelOrigin("synthetic", recipe, 1, 0));

        AssertSameLogits(network, PyTorch("read", recipe));
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("best")]
    public void This_project_gets_the_same_logits_from_weights_of_PyTorch(string recipe)
    {
        Python.RequireModule("torch", "python3-torch");
        SafetensorsContent logits = PyTorch("write", recipe);
        (DigitSumNetwork network, ModelOrigin origin) = NetworkWeights.Load(_folder["weights.safetensors"], recipe: null);
        using (network)
        {
            Assert.Equal(recipe, origin.Recipe);
            AssertSameLogits(network, logits);
        }
    }

    [Fact]
    public void The_example_of_the_README_is_the_one_that_is_tested()
    {
        string example = File.ReadAllText(Path.Combine(s_scripts, "pretrained.py"));
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        Assert.Contains($"```python\n{example}```", readme, StringComparison.Ordinal);
    }

    private Tensor OneHot => TorchDigits.OneHot(_numbers, ModelContract.DigitClasses);

    private SafetensorsContent PyTorch(string direction, string recipe)
    {
        Python.Run(Path.Combine(s_scripts, "agree.py"), direction, recipe, _folder["weights.safetensors"], _folder["inputs"], _folder["logits"]);
        return SafetensorsFile.Read(_folder["logits"]);
    }

    private void AssertSameLogits(DigitSumNetwork network, SafetensorsContent theirs)
    {
        network.eval();
        using IDisposable noGradient = no_grad();
        (Tensor digit, Tensor sum) = network.call(_images, OneHot);
        Assert.InRange(GreatestDifference(digit, "digit"), 0, Tolerance);
        Assert.InRange(GreatestDifference(sum, "sum"), 0, Tolerance);
        Assert.True(digit.std().item<float>() > 0.001, "The logits are all alike.");

        double GreatestDifference(Tensor ours, string name) =>
            ours.sub(TorchTensors.ToTorch(theirs.Tensors.Single(tensor => tensor.Name == name))).abs().max().item<float>();
    }
}
