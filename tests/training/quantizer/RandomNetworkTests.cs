using MnistAdder.OnnxQuantization.Tests.Networks;

namespace MnistAdder.OnnxQuantization.Tests;

public sealed class RandomNetworkTests
{
    // Errors of as many layers add up.
    private const double Near = 0.1;

    [Theory]
    [MemberData(nameof(Quantized.Forms), MemberType = typeof(Quantized))]
    public void Networks_of_random_pieces_answer_as_in_floats(QuantizedForm form)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            QuantizationOptions options = Quantized.AllIn(form) with { Calibration = (CalibrationMethod)(seed % 3), Percentile = 99.999 };
            try
            {
                Quantized.IsNear(RandomNetwork.Of(seed), options, Near, calibrationRows: 24);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                Assert.Fail($"Seed {seed}: {error}");
            }
        }
    }
}
