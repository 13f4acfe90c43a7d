using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Network;

[Collection(TorchGenerator.Tests)]
public sealed class CompactNetworkTests
{
    [Theory]
    [InlineData("quick", 26, 68_829)]
    [InlineData("best", 26, 196_311)]
    [InlineData("lean", 26, 68_829)]
    [InlineData("fast", 25, 28_749)]
    public void The_last_layer_of_the_image_branch_sees_the_image_but_for_the_end_of_its_edge(string recipe, int side, int parameters)
    {
        using DigitSumNetwork network = Recipe.Named(recipe).CreateNetwork();
        LayerRow[] layers = [.. LayerTable.Describe(network)];
        Assert.Equal(side, layers.Last(layer => layer.Name.StartsWith("digit", StringComparison.Ordinal)).ReceptiveField);
        Assert.Equal(parameters, network.ParameterCount);
        Assert.Equal(parameters, layers.Sum(layer => layer.Parameters));
    }

    [Theory]
    [InlineData("quick")]
    [InlineData("best")]
    [InlineData("lean")]
    [InlineData("fast")]
    public void Its_activations_have_the_channels_of_a_pixel_side_by_side(string recipe)
    {
        using DigitSumNetwork network = Recipe.Named(recipe).CreateNetwork();
        using var scope = NewDisposeScope();
        foreach (Sequential column in network.Columns)
        {
            Tensor value = zeros(4, 1, 28, 28);
            foreach ((string name, nn.Module module) in column.named_children())
            {
                value = ((nn.Module<Tensor, Tensor>)module).call(value);
                if (name.StartsWith("conv", StringComparison.Ordinal) || name.StartsWith("pool", StringComparison.Ordinal))
                    Assert.Equal(1, value.stride(1));
            }
        }
    }

    [Fact]
    public void The_layout_of_images_with_several_channels_is_not_just_called_another()
    {
        using var layout = new ChannelsLast();
        Assert.Throws<ArgumentException>(() => layout.call(zeros(4, 3, 28, 28)));
    }

    [Fact]
    public void Images_from_the_middle_of_a_batch_stay_those_images()
    {
        using var layout = new ChannelsLast();
        using var scope = NewDisposeScope();
        Tensor batch = rand(5, 1, 28, 28), rest = batch.narrow(0, 2, 3);
        Assert.True(layout.call(rest).equal(rest).all().ToBoolean());
    }

    [Fact]
    public void The_adder_sees_the_digits_probabilities()
    {
        using DigitSumNetwork network = CompactNetwork.CreateLean();
        network.eval();
        using var scope = NewDisposeScope();
        Tensor scores = randn(5, 10), number = nn.functional.one_hot(arange(5), 10).to_type(ScalarType.Float32);
        Tensor expected = network.Adder.call(cat([nn.functional.softmax(scores, 1), number], 1));
        Assert.True(expected.equal(network.AddTo(scores, number)).all().ToBoolean());
    }

    [Fact]
    public void Bests_digit_is_the_mean_of_two_columns_of_which_the_second_has_leans_layers()
    {
        using DigitSumNetwork best = CompactNetwork.CreateBest(), lean = CompactNetwork.CreateLean();
        best.eval();
        using var scope = NewDisposeScope();
        Tensor image = rand(5, 1, 28, 28), other = rand(5, 1, 28, 28), number = nn.functional.one_hot(arange(5), 10).to_type(ScalarType.Float32);
        Tensor first = best.Columns[0].call(image), second = best.Columns[1].call(image);
        Assert.True(best.call(image, number).Digit.allclose(first.add(second).div(2)));
        Assert.True(best.ReadEach(image).allclose(stack([first, second], 1)));
        Assert.True(best.ReadEach(cat([image, other], 1)).allclose(stack([first, best.Columns[1].call(other)], 1)));
        Assert.Equal(lean.Columns[0].named_children().Select(layer => layer.name), best.Columns[1].named_children().Select(layer => layer.name));
    }

    [Fact]
    public void Quick_is_the_default() => Assert.Same(Recipe.Quick, Recipe.All[0]);
}
