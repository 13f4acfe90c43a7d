using Microsoft.ML.OnnxRuntime;
using MnistAdder.Training.Data;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using static TorchSharp.torch;

namespace MnistAdder.Training.Export;

/// <summary>How an exported file compares with the network that it was made from.</summary>
/// <param name="Pairs">Pairs of image and addend compared.</param>
/// <param name="GreatestDifference">Greatest difference of a probability.</param>
/// <param name="DifferentAnswers">Pairs whose digit or sum differs although the two best weren't equally likely.</param>
/// <param name="DigitAccuracy">Share of right digits that ONNX Runtime gave, 0…1.</param>
/// <param name="SumAccuracy">Share of right sums that ONNX Runtime gave over all ten addends, 0…1.</param>
public sealed record ExportVerification(int Pairs, double GreatestDifference, int DifferentAnswers, double DigitAccuracy, double SumAccuracy)
{
    private const double Tolerance = 1e-4;
    private const double Tie = 1e-6;
    private static readonly string[] InputNames = [ModelContract.Image, ModelContract.Number];
    private static readonly string[] OutputNames =
        [ModelContract.Digit, ModelContract.DigitProbabilities, ModelContract.Sum, ModelContract.SumProbabilities];

    /// <summary>Runs the file in ONNX Runtime on every image with all ten addends and compares with TorchSharp.</summary>
    /// <param name="model">The ONNX file's bytes.</param>
    /// <param name="network">The network.</param>
    /// <param name="digits">Real inputs.</param>
    /// <param name="device">The device that the network is on.</param>
    /// <exception cref="TrainingException">The two differ by more than 1e-4 in a probability, or in an answer.</exception>
    internal static ExportVerification Run(byte[] model, DigitSumNetwork network, DigitSet digits, Device device)
    {
        using var session = new InferenceSession(model);
        using var run = new RunOptions();
        using var evaluator = new Evaluator(digits, device);
        var tally = new Tally();
        foreach (EvaluationBatch batch in evaluator.Run(network))
        {
            int count = (int)batch.Labels.shape[0];
            byte[] pixels = digits.Images[(batch.Start * MnistGeometry.PixelCount)..((batch.Start + count) * MnistGeometry.PixelCount)];
            long[] numbers = new long[count];
            using var image = OrtValue.CreateTensorValueFromMemory(pixels, [count, 1, MnistGeometry.Side, MnistGeometry.Side]);
            using var number = OrtValue.CreateTensorValueFromMemory(numbers, [count, 1]);
            ReadOnlySpan<byte> labels = digits.Labels.AsSpan(batch.Start, count);
            float[] digitProbabilities = Probabilities(batch.DigitScores);
            for (int addend = 0; addend < ModelContract.DigitClasses; addend++)
            {
                Array.Fill(numbers, addend);
                using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, InputNames, [image, number], OutputNames);
                for (int i = 0; i < count; i++)
                {
                    tally.RightDigits += outputs[0].GetTensorDataAsSpan<long>()[i] == labels[i] ? 1 : 0;
                    tally.RightSums += outputs[2].GetTensorDataAsSpan<long>()[i] == labels[i] + addend ? 1 : 0;
                }

                tally.Compare(outputs[0], outputs[1], digitProbabilities);
                tally.Compare(outputs[2], outputs[3], Probabilities(batch.SumScores[addend]));
                tally.Pairs += count;
            }
        }

        var verification = new ExportVerification(
            tally.Pairs, tally.Greatest, tally.Different, tally.RightDigits / (double)tally.Pairs, tally.RightSums / (double)tally.Pairs);
        // Written so that a NaN fails, too.
        if (!(verification.GreatestDifference <= Tolerance) || verification.DifferentAnswers > 0)
        {
            throw new TrainingException(
                $"The exported model doesn't answer as the network does: {verification.DifferentAnswers} of {verification.Pairs} answers differ, "
                + $"and a probability by {verification.GreatestDifference:0.0e+0} (at most {Tolerance:0.0e+0} is accepted); no model was written.");
        }

        return verification;
    }

    private static float[] Probabilities(Tensor scores)
    {
        using Tensor onCpu = nn.functional.softmax(scores, 1).cpu();
        return onCpu.data<float>().ToArray();
    }

    private sealed class Tally
    {
        public int Pairs { get; set; }

        public int RightDigits { get; set; }

        public int RightSums { get; set; }

        public int Different { get; private set; }

        public double Greatest { get; private set; }

        public void Compare(OrtValue answers, OrtValue probabilities, ReadOnlySpan<float> expected)
        {
            ReadOnlySpan<long> answer = answers.GetTensorDataAsSpan<long>();
            ReadOnlySpan<float> actual = probabilities.GetTensorDataAsSpan<float>();
            int classes = expected.Length / answer.Length;
            for (int i = 0; i < answer.Length; i++)
            {
                ReadOnlySpan<float> wanted = expected.Slice(i * classes, classes);
                float best = wanted[0];
                for (int c = 0; c < classes; c++)
                {
                    double difference = Math.Abs((double)wanted[c] - actual[(i * classes) + c]);
                    Greatest = double.IsNaN(difference) ? double.NaN : Math.Max(Greatest, difference);
                    best = Math.Max(best, wanted[c]);
                }

                if (best - wanted[(int)answer[i]] > Tie)
                    Different++;
            }
        }
    }
}
