using MnistAdder.Training.Base;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Network;

[Collection(TorchGenerator.Tests)]
public sealed class SeedNetworkTests
{
    [Fact]
    public void The_branches_have_the_followed_works_7840_and_14003_parameters()
    {
        using DigitSumNetwork network = Recipe.Seed.CreateNetwork();
        Assert.Equal(7_840, network.Columns[0].parameters().Sum(parameter => parameter.numel()));
        Assert.Equal(14_003, network.Adder.parameters().Sum(parameter => parameter.numel()));
        Assert.Equal(21_843, network.ParameterCount);
    }

    [Fact]
    public void The_last_convolution_sees_the_whole_image()
    {
        using DigitSumNetwork network = Recipe.Seed.CreateNetwork();
        IReadOnlyList<LayerRow> layers = LayerTable.Describe(network);
        (string, int?)[] convolutions =
            [.. layers.Where(layer => layer.Kind == "Conv2d").Select(layer => (layer.Name, layer.ReceptiveField))];
        Assert.Equal(
            [
                ("digit.conv1", 3), ("digit.conv2", 5), ("digit.conv3", 7), ("digit.conv4", 8), ("digit.conv5", 12),
                ("digit.conv6", 16), ("digit.conv7", 20), ("digit.conv8", 28),
            ],
            convolutions);
    }

    [Fact]
    public void The_layer_table_counts_shapes_parameters_and_multiply_adds()
    {
        using DigitSumNetwork network = Recipe.Seed.CreateNetwork();
        IReadOnlyList<LayerRow> layers = LayerTable.Describe(network);
        LayerRow third = layers.Single(layer => layer.Name == "digit.conv3");
        Assert.Equal([15, 22, 22], third.OutputShape);
        Assert.Equal(15 * 10 * 3 * 3, third.Parameters);
        Assert.Equal(22 * 22 * 15 * 10 * 3 * 3, third.MultiplyAdds);
        Assert.Equal(21_843, layers.Sum(layer => layer.Parameters));
        Assert.True(network.training);
    }

    [Fact]
    public void The_same_seed_makes_the_same_weights_and_another_seed_others()
    {
        Assert.Equal(FirstWeights(7), FirstWeights(7));
        Assert.NotEqual(FirstWeights(7), FirstWeights(8));

        static float[] FirstWeights(long seed)
        {
            TorchSeed.Set(seed, epoch: 0);
            using DigitSumNetwork network = Recipe.Seed.CreateNetwork();
            return network.parameters().First().data<float>().ToArray();
        }
    }
}

[Collection(TorchGenerator.Tests)]
public sealed class SparseDropoutTests
{
    private const double Probability = 0.05;
    private const int Rows = 400, Columns = 500;

    [Fact]
    public void It_drops_the_asked_share_and_scales_the_rest()
    {
        using var dropout = new SparseDropout(Probability, new SeededRandom(1));
        using Tensor output = dropout.call(ones(Rows, Columns));
        float[] values = output.data<float>().ToArray();
        double dropped = values.Count(value => value == 0) / (double)values.Length;
        double deviation = Math.Sqrt(Probability * (1 - Probability) / values.Length);
        Assert.InRange(dropped, Probability - (5 * deviation), Probability + (5 * deviation));
        Assert.All(values, value => Assert.True(value == 0 || Math.Abs(value - (1 / 0.95)) < 1e-6));
    }

    [Fact]
    public void Every_place_is_dropped_as_often_as_the_others_and_independently_of_its_neighbour()
    {
        using var dropout = new SparseDropout(0.2, new SeededRandom(2));
        int[] zeros = new int[20];
        int pairs = 0;
        const int Steps = 20_000;
        for (int step = 0; step < Steps; step++)
        {
            using Tensor output = dropout.call(ones(20));
            float[] values = output.data<float>().ToArray();
            for (int i = 0; i < values.Length; i++)
            {
                zeros[i] += values[i] == 0 ? 1 : 0;
                pairs += values[i] == 0 && values[(i + 1) % 20] == 0 ? 1 : 0;
            }
        }

        double deviation = Math.Sqrt(0.2 * 0.8 * Steps);
        Assert.All(zeros, count => Assert.InRange(count, (0.2 * Steps) - (5 * deviation), (0.2 * Steps) + (5 * deviation)));
        Assert.InRange(pairs / (20.0 * Steps), 0.038, 0.042);
    }

    [Fact]
    public void Gradients_go_only_where_the_activation_went()
    {
        using var dropout = new SparseDropout(0.3, new SeededRandom(3));
        using Tensor input = ones(Rows, Columns, requires_grad: true);
        using Tensor output = dropout.call(input);
        output.sum().backward();
        Assert.Equal(output.data<float>().ToArray(), input.grad!.data<float>().ToArray());
    }

    [Fact]
    public void A_shorter_batch_after_a_longer_one_is_dropped_as_well()
    {
        using var dropout = new SparseDropout(0.5, new SeededRandom(4));
        using Tensor longer = dropout.call(ones(1000)), shorter = dropout.call(ones(10, 10)), longest = dropout.call(ones(2000));
        Assert.Equal([10, 10], shorter.shape);
        Assert.InRange(longest.eq(0).sum().ToInt64(), 850, 1150);
    }

    [Fact]
    public void In_evaluation_it_changes_nothing()
    {
        using var dropout = new SparseDropout(0.5, new SeededRandom(5));
        dropout.eval();
        using Tensor output = dropout.call(ones(1000));
        Assert.Equal(1000, output.sum().item<float>());
    }
}
