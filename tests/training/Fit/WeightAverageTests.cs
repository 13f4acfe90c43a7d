using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Fit;

[Collection(TorchGenerator.Tests)]
public sealed class WeightAverageTests
{
    [Fact]
    public void It_follows_the_weights_with_the_decay_asked_for()
    {
        using DigitSumNetwork latest = CompactNetwork.CreateQuick(), average = CompactNetwork.CreateQuick();
        var running = new WeightAverage(average, latest, decay: 0.9);
        double expected = Bias(average);
        for (int step = 0; step < 300; step++)
        {
            Set(latest, step % 7);
            running.Update(step);
            double kept = Math.Min(0.9, (1.0 + step) / (10 + step));
            expected = (kept * expected) + ((1 - kept) * (step % 7));
        }

        Assert.Equal(expected, Bias(average), 4);
    }

    [Fact]
    public void It_begins_with_the_weights_and_not_with_others()
    {
        using DigitSumNetwork latest = CompactNetwork.CreateQuick(), average = CompactNetwork.CreateQuick();
        Assert.NotEqual(Bias(latest), Bias(average));
        _ = new WeightAverage(average, latest, decay: 0.9);
        Assert.Equal(Bias(latest), Bias(average));
    }

    [Fact]
    public void Running_statistics_are_averaged_and_counts_are_copied()
    {
        using DigitSumNetwork latest = CompactNetwork.CreateQuick(), average = CompactNetwork.CreateQuick();
        using Tensor images = randn(8, 1, 28, 28), numbers = zeros(8, 10);
        var running = new WeightAverage(average, latest, decay: 0.5);
        latest.train();
        latest.call(images, numbers);
        Dictionary<string, Tensor> before = average.state_dict(), now = latest.state_dict();
        double start = before["digit.norm1.running_var"].sum().ToDouble(), end = now["digit.norm1.running_var"].sum().ToDouble();
        running.Update(step: 100);
        Assert.Equal((start + end) / 2, average.state_dict()["digit.norm1.running_var"].sum().ToDouble(), 3);
        Assert.Equal(1, average.state_dict()["digit.norm1.num_batches_tracked"].ToInt64());
    }

    private static Tensor BiasOf(DigitSumNetwork network) => network.state_dict()["digit.linear.bias"];

    private static double Bias(DigitSumNetwork network) => BiasOf(network)[0].ToDouble();

    private static void Set(DigitSumNetwork network, double value)
    {
        using var noGradient = no_grad();
        BiasOf(network).fill_(value);
    }
}
