using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Evaluation;

/// <summary>Scores a network on a fixed set of digits, each with all ten addends: no sampling noise in the sums.</summary>
internal sealed class Evaluator : IDisposable
{
    private const int BatchSize = 1000;
    private readonly Tensor _images;
    private readonly Tensor _labels;

    public Evaluator(DigitSet digits, Device device) => (_images, _labels) = TorchDigits.ToDevice(digits, device);

    /// <summary>Runs the network in evaluation mode.</summary>
    /// <returns>Digit figures over the images, sum figures over ten pairs of each.</returns>
    public HeadScores Score(DigitSumNetwork network)
    {
        double digitLoss = 0, sumLoss = 0;
        long rightDigits = 0, rightSums = 0, count = _labels.shape[0];
        foreach (EvaluationBatch batch in Run(network))
        {
            digitLoss += nn.functional.cross_entropy(batch.DigitScores, batch.Labels, reduction: nn.Reduction.Sum).cpu().ToDouble();
            rightDigits += batch.DigitScores.argmax(1).eq(batch.Labels).sum().cpu().ToInt64();
            for (int addend = 0; addend < batch.SumScores.Count; addend++)
            {
                Tensor sums = batch.Labels.Plus(addend);
                sumLoss += nn.functional.cross_entropy(batch.SumScores[addend], sums, reduction: nn.Reduction.Sum).cpu().ToDouble();
                rightSums += batch.SumScores[addend].argmax(1).eq(sums).sum().cpu().ToInt64();
            }
        }

        double pairs = (double)count * ModelContract.DigitClasses;
        return new HeadScores(digitLoss / count, sumLoss / pairs, rightDigits / (double)count, rightSums / pairs);
    }

    /// <summary>The network's outputs, batch by batch; a batch's tensors live until the next one is asked for.</summary>
    public IEnumerable<EvaluationBatch> Run(DigitSumNetwork network)
    {
        network.eval();
        long count = _labels.shape[0];
        for (long start = 0; start < count; start += BatchSize)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            long length = Math.Min(BatchSize, count - start);
            Tensor scores = network.Read(TorchDigits.Normalize(_images.narrow(0, start, length))); // [N, 10]
            var sums = new List<Tensor>();
            for (int addend = 0; addend < ModelContract.DigitClasses; addend++)
            {
                Tensor numbers = full(length, addend, dtype: ScalarType.Int64, device: scores.device);
                sums.Add(network.AddTo(scores, TorchDigits.OneHot(numbers, ModelContract.DigitClasses)));           // [N, 19]
            }

            yield return new EvaluationBatch((int)start, _labels.narrow(0, start, length), scores, sums);
        }
    }

    public void Dispose()
    {
        _images.Dispose();
        _labels.Dispose();
    }
}

/// <summary>The network's outputs for some consecutive images.</summary>
/// <param name="Start">Index of the first image.</param>
/// <param name="Labels">int64 [N].</param>
/// <param name="DigitScores">float [N, 10].</param>
/// <param name="SumScores">One float [N, 19] for each addend 0…9.</param>
internal sealed record EvaluationBatch(int Start, Tensor Labels, Tensor DigitScores, IReadOnlyList<Tensor> SumScores);
