using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Network;

[Collection(TorchGenerator.Tests)]
public sealed class CompactNetworkTests
{
    [Fact]
    public void The_last_convolution_sees_the_whole_image()
    {
        using DigitSumNetwork network = CompactNetwork.Create();
        LayerRow[] layers = [.. LayerTable.Describe(network)];
        Assert.Equal(28, layers.Last(layer => layer.Kind == "Conv2d").ReceptiveField);
        Assert.Equal(network.ParameterCount, layers.Sum(layer => layer.Parameters));
    }

    [Fact]
    public void Its_activations_have_the_channels_of_a_pixel_side_by_side()
    {
        using DigitSumNetwork network = CompactNetwork.Create();
        using var scope = NewDisposeScope();
        Tensor value = zeros(4, 1, 28, 28);
        foreach ((string name, nn.Module module) in network.ImageBranch.named_children())
        {
            value = ((nn.Module<Tensor, Tensor>)module).call(value);
            if (name.StartsWith("conv", StringComparison.Ordinal) || name.StartsWith("pool", StringComparison.Ordinal))
                Assert.Equal(1, value.stride(1));
        }
    }

    [Fact]
    public void The_adder_sees_the_digits_probabilities()
    {
        using DigitSumNetwork network = CompactNetwork.Create();
        network.eval();
        using var scope = NewDisposeScope();
        Tensor scores = randn(5, 10), number = nn.functional.one_hot(arange(5), 10).to_type(ScalarType.Float32);
        Tensor expected = network.Adder.call(cat([nn.functional.softmax(scores, 1), number], 1));
        Assert.True(expected.equal(network.AddTo(scores, number)).all().ToBoolean());
    }

    [Fact]
    public void It_is_the_network_of_the_recipes_quick_and_best()
    {
        using DigitSumNetwork compact = CompactNetwork.Create(), quick = Recipe.Quick.CreateNetwork(), best = Recipe.Best.CreateNetwork();
        Assert.Equal(76_301, compact.ParameterCount);
        Assert.Equal(compact.state_dict().Keys, quick.state_dict().Keys);
        Assert.Equal(compact.state_dict().Keys, best.state_dict().Keys);
        Assert.Same(Recipe.Quick, Recipe.All[0]);
    }
}
