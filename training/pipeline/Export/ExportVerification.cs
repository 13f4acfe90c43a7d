using Microsoft.ML.OnnxRuntime;
using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Network;
using static TorchSharp.torch;

namespace MnistAdder.Training.Export;

/// <summary>How an exported file compares with the network that it was made from.</summary>
/// <param name="Pairs">Pairs of image and addend compared.</param>
/// <param name="GreatestDifference">Greatest difference of a probability.</param>
/// <param name="DifferentAnswers">Pairs whose digit or sum differs although the two best weren't equally likely.</param>
/// <param name="DigitAccuracy">Share of right digits that ONNX Runtime gave, 0…1.</param>
/// <param name="SumAccuracy">Share of right sums that ONNX Runtime gave over all ten addends, 0…1.</param>
internal sealed record ExportVerification(int Pairs, double GreatestDifference, int DifferentAnswers, double DigitAccuracy, double SumAccuracy)
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
    /// <returns>The comparison, and the details of what ONNX Runtime answered.</returns>
    /// <exception cref="TrainingException">The two differ by more than 1e-4 in a probability, or in an answer.</exception>
    internal static (ExportVerification Verification, EvaluationDetails Details) Run(byte[] model, DigitSumNetwork network, DigitSet digits, Device device)
    {
        using var session = new InferenceSession(model);
        using var run = new RunOptions();
        using var precision = new FullPrecision();
        using var evaluator = new Evaluator(digits, device);
        var tally = new Tally();
        var answers = new EvaluationTally(digits);
        foreach (EvaluationBatch batch in evaluator.Run(network))
        {
            int count = (int)batch.Labels.shape[0];
            byte[] pixels = digits.Images.Slice(batch.Start * MnistGeometry.PixelCount, count * MnistGeometry.PixelCount).ToArray();
            long[] numbers = new long[count];
            using var image = OrtValue.CreateTensorValueFromMemory(pixels, [count, 1, MnistGeometry.Side, MnistGeometry.Side]);
            using var number = OrtValue.CreateTensorValueFromMemory(numbers, [count, 1]);
            float[] digitProbabilities = Probabilities(batch.DigitScores);
            for (int addend = 0; addend < ModelContract.DigitClasses; addend++)
            {
                Array.Fill(numbers, addend);
                using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, InputNames, [image, number], OutputNames);
                Collect(answers, batch.Start, addend, outputs);
                tally.Compare(outputs[0], outputs[1], digitProbabilities);
                tally.Compare(outputs[2], outputs[3], Probabilities(batch.SumScores[addend]));
                tally.Pairs += count;
            }
        }

        EvaluationDetails details = answers.ToDetails();
        var verification = new ExportVerification(
            tally.Pairs, tally.Greatest, tally.Different, details.Digit.Confusion.Accuracy, details.Sum.Confusion.Accuracy);
        // Written so that a NaN fails, too.
        if (!(verification.GreatestDifference <= Tolerance) || verification.DifferentAnswers > 0)
        {
            throw new TrainingException(
                $"The exported model doesn't answer as the network does: {verification.DifferentAnswers} of {verification.Pairs} answers differ, "
                + $"and a probability by {verification.GreatestDifference:0.0e+0} (at most {Tolerance:0.0e+0} is accepted); no model was written.");
        }

        return (verification, details);
    }

    private static void Collect(EvaluationTally answers, int start, int addend, IReadOnlyList<OrtValue> outputs)
    {
        ReadOnlySpan<long> digit = outputs[0].GetTensorDataAsSpan<long>(), sum = outputs[2].GetTensorDataAsSpan<long>();
        ReadOnlySpan<float> digitProbabilities = outputs[1].GetTensorDataAsSpan<float>(), sumProbabilities = outputs[3].GetTensorDataAsSpan<float>();
        for (int i = 0; i < digit.Length; i++)
        {
            if (addend == 0)
                answers.AddDigit(start + i, (int)digit[i], digitProbabilities.Slice(i * ModelContract.DigitClasses, ModelContract.DigitClasses));
            answers.AddSum(start + i, addend, (int)sum[i], sumProbabilities.Slice(i * ModelContract.SumClasses, ModelContract.SumClasses));
        }
    }

    private static float[] Probabilities(Tensor scores)
    {
        using Tensor onCpu = nn.functional.softmax(scores, 1).cpu();
        return onCpu.data<float>().ToArray();
    }

    private sealed class Tally
    {
        public int Pairs { get; set; }

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
