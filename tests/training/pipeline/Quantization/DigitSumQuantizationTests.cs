using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxQuantization;
using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Export;
using MnistAdder.Training.Network;
using MnistAdder.Training.Quantization;

namespace MnistAdder.Training.Tests.Quantization;

[Collection(TorchGenerator.Tests)]
public sealed class DigitSumQuantizationTests : IDisposable
{
    private const int Images = 3000;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // A network that has learnt nothing is as good as undecided on noise, so that rounding changes some of its answers; labels are those answers.
    [Fact]
    public void What_loses_more_than_is_allowed_on_images_that_chose_nothing_is_refused()
    {
        TorchSeed.Set(seed: 1, epoch: 0);
        using DigitSumNetwork network = CompactNetwork.CreateFast();
        network.eval();
        byte[] model = ServingNetwork.Export(network).ToBytes();
        string path = _folder.Write("model.onnx", model);
        byte[] pixels = new byte[Images * MnistGeometry.PixelCount];
        new Random(1).NextBytes(pixels);
        DigitSet noise = new(pixels, Digits(model, new DigitSet(pixels, new byte[Images])));

        DigitSumQuantization Run(double maxLoss) => DigitSumQuantization.Run(
            path, noise.Take(DigitSumQuantization.BatchSize), noise, "test", QuantizedForm.Standard, maxLoss, _ => { }, CancellationToken.None);

        DigitSumQuantization taken = Run(maxLoss: 100);
        Assert.Equal(1, taken.Float.Digit);
        Assert.InRange(taken.Quantized.Digit, 0.5, 0.9999);
        Assert.Equal(100 * (taken.Float.Digit - taken.Quantized.Digit), taken.Float.PointsAbove(taken.Quantized), 6);
        var error = Assert.Throws<TrainingException>(() => Run(maxLoss: 0));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("los", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Digits(byte[] model, DigitSet images)
    {
        using var session = new InferenceSession(model);
        return
        [
            .. DigitBatches.WithAllAddends(images, DigitSumQuantization.BatchSize).Where(batch => batch.Addend == 0).SelectMany(batch =>
            {
                using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run(batch.Inputs, [ModelContract.Digit]);
                return outputs[0].AsEnumerable<long>().Select(digit => (byte)digit).ToArray();
            }),
        ];
    }
}
