using Microsoft.ML.OnnxRuntime;
using MnistAdder.Training.Data;

namespace MnistAdder.Training.Quantization;

/// <summary>How often a digit-sum model is right.</summary>
/// <param name="Digit">Share of right digits, 0…1.</param>
/// <param name="Sum">Share of right sums over all ten addends, 0…1.</param>
internal sealed record ModelAccuracy(double Digit, double Sum)
{
    private const int BatchSize = 64;

    /// <summary>Runs a model in ONNX Runtime on every image with all ten addends.</summary>
    /// <param name="model">The contents of a model.onnx.</param>
    /// <param name="digits">The images.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    public static ModelAccuracy Of(ReadOnlyMemory<byte> model, DigitSet digits, CancellationToken cancellation)
    {
        using var session = new InferenceSession(model.ToArray());
        long rightDigits = 0, rightSums = 0;
        foreach ((int start, IReadOnlyCollection<NamedOnnxValue> inputs, int addend) in DigitBatches.WithAllAddends(digits, BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run(inputs, [ModelContract.Digit, ModelContract.Sum]);
            long[] digit = [.. outputs[0].AsEnumerable<long>()], sum = [.. outputs[1].AsEnumerable<long>()];
            for (int i = 0; i < digit.Length; i++)
            {
                int label = digits.Labels[start + i];
                rightDigits += digit[i] == label ? 1 : 0;
                rightSums += sum[i] == label + addend ? 1 : 0;
            }
        }

        double pairs = (double)digits.Count * ModelContract.DigitClasses;
        return new ModelAccuracy(rightDigits / pairs, rightSums / pairs);
    }

    /// <summary>By how many percent of the images or pairs, whichever are more, another model is less often right; below 0 it is more often right.</summary>
    public double PointsAbove(ModelAccuracy other) => 100 * Math.Max(Digit - other.Digit, Sum - other.Sum);
}
