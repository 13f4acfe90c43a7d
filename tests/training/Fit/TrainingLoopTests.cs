using MnistAdder.Training.Data;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Fit;

[Collection(TorchGenerator.Tests)]
public sealed class TrainingLoopTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void Label_smoothing_spreads_its_share_of_the_target_over_all_classes(double smoothing)
    {
        using var scope = NewDisposeScope();
        using var generator = new SumGenerator(TinyRun.Training, seed: 1, CPU);
        using DigitSumNetwork network = CompactNetwork.CreateQuick();
        SumBatch batch = generator.Epoch(1, TinyRun.Training.Count).Single();
        network.train();
        (Tensor digitScores, Tensor sumScores) = network.call(batch.Images, batch.OneHotNumbers());
        using SGD resting = optim.SGD(network.parameters(), 0.1);

        HeadScores seen = TrainingLoop.RunEpoch(
            network, resting, [batch], learningRate: _ => 0, smoothing, average: null, report: (_, _) => { }, TestContext.Current.CancellationToken);

        Assert.Equal(Expected(digitScores, batch.Labels), seen.DigitLoss, 4);
        Assert.Equal(Expected(sumScores, batch.Sums), seen.SumLoss, 4);

        double Expected(Tensor scores, Tensor labels)
        {
            Tensor logProbabilities = scores.log_softmax(1);
            double right = logProbabilities.gather(1, labels.unsqueeze(1)).mean().ToDouble(), all = logProbabilities.mean().ToDouble();
            return -((1 - smoothing) * right) - (smoothing * all);
        }
    }
}
