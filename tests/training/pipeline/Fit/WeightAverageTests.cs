using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Fit;

[Collection(TorchGenerator.Tests)]
public sealed class WeightAverageTests
{
    [Fact]
    public void Without_an_exponent_all_steps_count_alike()
    {
        using DigitSumNetwork latest = CompactNetwork.CreateLean(), average = CompactNetwork.CreateLean();
        var running = new WeightAverage(average, latest, exponent: 0);
        for (int step = 0; step < 300; step++)
        {
            Set(latest, step % 7);
            running.Update(step);
        }

        Assert.Equal(Enumerable.Range(0, 300).Average(step => step % 7), Bias(average), 4);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void Most_of_it_is_of_the_last_part_of_the_steps_that_the_exponent_says(double exponent)
    {
        // Weights that are 1 for the last 1 / (η + 1) of the steps and 0 before: (1 − 1 / (η + 1))^(η + 1) of the average is of before.
        const int steps = 3000;
        using DigitSumNetwork latest = CompactNetwork.CreateLean(), average = CompactNetwork.CreateLean();
        var running = new WeightAverage(average, latest, exponent);
        double last = 1 / (exponent + 1);
        for (int step = 0; step < steps; step++)
        {
            Set(latest, step >= steps * (1 - last) ? 1 : 0);
            running.Update(step);
        }

        Assert.Equal(1 - Math.Pow(1 - last, exponent + 1), Bias(average), 0.01);
    }

    [Fact]
    public void It_begins_with_the_weights_and_not_with_others()
    {
        using DigitSumNetwork latest = CompactNetwork.CreateLean(), average = CompactNetwork.CreateLean();
        Assert.NotEqual(Bias(latest), Bias(average));
        _ = new WeightAverage(average, latest, exponent: 8);
        Assert.Equal(Bias(latest), Bias(average));
    }

    [Fact]
    public void Running_statistics_are_averaged_and_counts_are_copied()
    {
        using DigitSumNetwork latest = CompactNetwork.CreateLean(), average = CompactNetwork.CreateLean();
        using Tensor images = randn(8, 1, 28, 28), numbers = zeros(8, 10);
        var running = new WeightAverage(average, latest, exponent: 100);
        latest.train();
        latest.call(images, numbers);
        Dictionary<string, Tensor> before = average.state_dict(), now = latest.state_dict();
        double start = before["digit.norm1.running_var"].sum().ToDouble(), end = now["digit.norm1.running_var"].sum().ToDouble();
        running.Update(step: 101);
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
