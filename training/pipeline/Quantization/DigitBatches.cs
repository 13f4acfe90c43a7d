using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MnistAdder.Training.Data;

namespace MnistAdder.Training.Quantization;

/// <summary>Images and numbers as the inputs of a digit-sum model.</summary>
internal static class DigitBatches
{
    /// <summary>Every image once, with one addend after the other; whole batches only.</summary>
    public static IEnumerable<IReadOnlyCollection<NamedOnnxValue>> Whole(DigitSet digits, int batchSize)
    {
        for (int start = 0; start + batchSize <= digits.Count; start += batchSize)
            yield return Inputs(digits, start, batchSize, i => (start + i) % ModelContract.DigitClasses);
    }

    /// <summary>Every image with each addend, batch by batch.</summary>
    public static IEnumerable<(int Start, IReadOnlyCollection<NamedOnnxValue> Inputs, int Addend)> WithAllAddends(DigitSet digits, int batchSize)
    {
        for (int start = 0; start < digits.Count; start += batchSize)
        {
            for (int addend = 0; addend < ModelContract.DigitClasses; addend++)
            {
                int number = addend;
                yield return (start, Inputs(digits, start, Math.Min(batchSize, digits.Count - start), _ => number), addend);
            }
        }
    }

    private static IReadOnlyCollection<NamedOnnxValue> Inputs(DigitSet digits, int start, int count, Func<int, long> addend)
    {
        byte[] pixels = [.. digits.Images.Slice(start * MnistGeometry.PixelCount, count * MnistGeometry.PixelCount)];
        long[] numbers = [.. Enumerable.Range(0, count).Select(addend)];
        return
        [
            NamedOnnxValue.CreateFromTensor(ModelContract.Image, new DenseTensor<byte>(pixels, [count, 1, MnistGeometry.Side, MnistGeometry.Side])),
            NamedOnnxValue.CreateFromTensor(ModelContract.Number, new DenseTensor<long>(numbers, [count, 1])),
        ];
    }
}
