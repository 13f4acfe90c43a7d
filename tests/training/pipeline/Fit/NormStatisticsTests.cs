using MnistAdder.Training.Data;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
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
    public void They_are_those_of_the_images_as_they_are()
    {
        using SumGenerator training = Noise(2500);
        NormStatistics.Measure(_network, training, epoch: 3);

        // Two batches of 1000 and one of 500; each layer's are of what the layers before it make of a batch by itself.
        using var noGradient = no_grad();
        Tensor[] images = [.. training.Epoch(3, 1000).Select(batch => batch.Images)];
        Assert.Equal([1000, 1000, 500], images.Select(batch => batch.shape[0]));
        foreach (Sequential column in _network.Columns)
            AssertStatistics(column, images);

        static Tensor Mean(IEnumerable<Tensor> batches) => stack(batches.Zip([0.4, 0.4, 0.2], (batch, share) => batch.mul(share))).sum([0]);

        static void AssertStatistics(Sequential column, Tensor[] values)
        {
            foreach ((_, nn.Module module) in column.named_children())
            {
                if (module is BatchNorm layer)
                {
                    long[] others = values[0].dim() == 4 ? [0, 2, 3] : [0];
                    AssertClose(Mean(values.Select(batch => batch.mean(others))), layer.running_mean!);
                    AssertClose(Mean(values.Select(batch => batch.var(others))), layer.running_var!);
                    values = [.. values.Select(batch => nn.functional.batch_norm(batch, null, null, layer.weight, layer.bias, training: true))];
                }
                else
                {
                    values = [.. values.Select(((nn.Module<Tensor, Tensor>)module).call)];
                }
            }
        }
    }

    [Fact]
    public void Of_many_images_ten_thousand_count()
    {
        using SumGenerator training = Noise(10_001);
        NormStatistics.Measure(_network, training, epoch: 1);
        Assert.Equal(10, _network.state_dict()["digit1.hidden_norm.num_batches_tracked"].ToInt64());
    }

    [Fact]
    public void Neither_what_they_were_nor_torchs_generator_counts()
    {
        using SumGenerator training = Noise(50);
        NormStatistics.Measure(_network, training, epoch: 1);
        Dictionary<string, Tensor> first = Statistics(_network).ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        foreach (Tensor statistics in Statistics(_network).Values)
            statistics.fill_(7);
        manual_seed(99);
        NormStatistics.Measure(_network, training, epoch: 1);
        Assert.All(Statistics(_network), entry => Assert.True(Equal(first[entry.Key], entry.Value), entry.Key));
    }

    [Fact]
    public void Nothing_else_about_the_network_changes()
    {
        Tensor[] before = [.. _network.parameters().Select(parameter => parameter.clone())];
        using SumGenerator training = Noise(30);
        _network.train();
        NormStatistics.Measure(_network, training, epoch: 1);
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
        using var training = new SumGenerator(TinyRun.Training, seed: 1, CPU);
        NormStatistics.Measure(gathered, training, epoch: 3);
        Assert.All(Statistics(measured), entry => AssertClose(entry.Value, Statistics(gathered)[entry.Key]));

        DigitSumNetwork Load(bool measures) => NetworkWeights.Load(run[$"{measures}/weights.safetensors"], recipe: null).Network;
    }

    private static SumGenerator Noise(int count)
    {
        byte[] levels = new byte[count * 784];
        new Random(1).NextBytes(levels);
        return new SumGenerator(new DigitSet(levels, new byte[count]), seed: 1, CPU);
    }

    private static Dictionary<string, Tensor> Statistics(DigitSumNetwork network) =>
        network.state_dict().Where(entry => entry.Key.Contains(".running_", StringComparison.Ordinal)).ToDictionary();

    private static bool Equal(Tensor one, Tensor other) => one.equal(other).all().ToBoolean();

    private static void AssertClose(Tensor expected, Tensor actual) => Assert.True(expected.allclose(actual, rtol: 1e-4, atol: 1e-5), $"{expected.sub(actual).abs().max().ToDouble()}");
}
