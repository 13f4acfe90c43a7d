using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Synthetic;

namespace MnistAdder.Training.Tests.Data.Synthetic;

/// <summary>Drawn digits for a test, which stop being drawn when the test is stopped.</summary>
internal static class Drawn
{
    public static DigitSet Digits(int count, long seed, int? threads = null, IProgress<int>? progress = null) =>
        SyntheticDigits.Draw(count, seed, threads, progress, TestContext.Current.CancellationToken);
}
