using MnistAdder.Training.Data;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using MnistAdder.Training.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Fit;

[Collection(TorchGenerator.Tests)]
public sealed class NormStatisticsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly DigitSumNetwork _network = CompactNetwork.CreateBest();

    public void Dispose()
    {
        _network.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void They_are_those_of_whole_batches_of_the_images_as_they_are()
    {
        DigitSet digits = Noise(2500);
        Measure(_network, digits);

        // Each layer's are of batches of 1000, which the layers before it normalise by themselves.
        using var noGradient = no_grad();
        Tensor[] batches = [.. TorchDigits.Normalize(tensor(digits.Take(2000).Images).view(2000, 1, 28, 28)).split(1000)];
        foreach ((_, nn.Module module) in _network.ImageBranch.named_children())
        {
            if (module is BatchNorm layer)
            {
                long[] others = batches[0].dim() == 4 ? [0, 2, 3] : [0];
                AssertClose(batches[0].mean(others).add(batches[1].mean(others)).div(2), layer.running_mean!);
                AssertClose(batches[0].var(others).add(batches[1].var(others)).div(2), layer.running_var!);
                batches = [.. batches.Select(batch => nn.functional.batch_norm(batch, null, null, layer.weight, layer.bias, training: true))];
            }
            else
            {
                batches = [.. batches.Select(((nn.Module<Tensor, Tensor>)module).call)];
            }
        }
    }

    [Fact]
    public void Neither_what_they_were_nor_chance_counts()
    {
        DigitSet digits = Noise(50);
        Measure(_network, digits);
        Dictionary<string, Tensor> first = Statistics(_network).ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        foreach (Tensor statistics in Statistics(_network).Values)
            statistics.fill_(7);
        manual_seed(99);
        Measure(_network, digits);
        Assert.All(Statistics(_network), entry => Assert.True(Equal(first[entry.Key], entry.Value), entry.Key));
    }

    [Fact]
    public void Nothing_else_about_the_network_changes()
    {
        Tensor[] before = [.. _network.parameters().Select(parameter => parameter.clone())];
        _network.train();
        Measure(_network, Noise(30));
        Assert.All(_network.parameters().Zip(before), pair => Assert.True(Equal(pair.First, pair.Second)));
        Assert.All(_network.modules(), module => Assert.False(module.training));
        Assert.All(_network.modules().OfType<BatchNorm>(), layer => Assert.Equal(0.1, layer.momentum));
    }

    [Fact]
    public void A_run_measures_them_where_its_method_says_so()
    {
        using var run = new TinyRun();
        foreach (bool measures in new[] { true, false })
            run.Fit(run.Trainer($"{measures}", options => options with { Recipe = Recipe.Best with { Method = Recipe.Best.Method with { UnchangedStatistics = measures } } }));
        using DigitSumNetwork measured = Load(measures: true), gathered = Load(measures: false);
        Assert.All(measured.parameters().Zip(gathered.parameters()), pair => Assert.True(Equal(pair.First, pair.Second)));
        Measure(gathered, TinyRun.Training);
        Assert.All(Statistics(measured), entry => AssertClose(entry.Value, Statistics(gathered)[entry.Key]));

        DigitSumNetwork Load(bool measures) => NetworkWeights.Load(run[$"{measures}/weights.safetensors"], recipe: null).Network;
    }

    private static void Measure(DigitSumNetwork network, DigitSet digits)
    {
        using var statistics = new NormStatistics(digits, CPU);
        statistics.Measure(network);
    }

    private static DigitSet Noise(int count)
    {
        byte[] levels = new byte[count * 784];
        new Random(1).NextBytes(levels);
        return new DigitSet(levels, new byte[count]);
    }

    private static Dictionary<string, Tensor> Statistics(DigitSumNetwork network) =>
        network.state_dict().Where(entry => entry.Key.Contains(".running_", StringComparison.Ordinal)).ToDictionary();

    private static bool Equal(Tensor one, Tensor other) => one.equal(other).all().ToBoolean();

    private static void AssertClose(Tensor expected, Tensor actual) => Assert.True(expected.allclose(actual, rtol: 1e-4, atol: 1e-5), $"{expected.sub(actual).abs().max().ToDouble()}");
}
