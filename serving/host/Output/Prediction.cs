using Microsoft.ML.Data;

namespace MnistAdder.Scoring.Output;

/// <summary>The model's answer for one row.</summary>
/// <param name="Digit">The most likely digit, 0…9.</param>
/// <param name="DigitProbabilities">A probability for each digit; the memory is reused for the next row.</param>
/// <param name="Sum">The most likely sum, 0…18.</param>
/// <param name="SumProbabilities">A probability for each sum; the memory is reused for the next row.</param>
internal readonly record struct Prediction(long Digit, VBuffer<float> DigitProbabilities, long Sum, VBuffer<float> SumProbabilities)
{
    /// <summary>The probability of <see cref="Digit"/>.</summary>
    public float DigitConfidence => DigitProbabilities.GetItemOrDefault((int)Digit);

    /// <summary>The probability of <see cref="Sum"/>.</summary>
    public float SumConfidence => SumProbabilities.GetItemOrDefault((int)Sum);
}
