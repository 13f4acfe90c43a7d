using System.Text.Json.Serialization;
using MnistAdder.Serving.Prediction;

namespace MnistAdder.Serving;

/// <summary>An image of a digit and the number to add to it.</summary>
/// <param name="Image">The image.</param>
/// <param name="Number">The number, 0…9.</param>
public readonly record struct DigitSumRequest(DigitImage Image, long Number);

/// <summary>What the model makes of an image and a number. In JSON, which has no NaN, probabilities are null where there is an error.</summary>
/// <param name="Digit">The most likely digit, 0…9; −1 where <paramref name="Error"/> says why there is none.</param>
/// <param name="DigitProbabilities">A probability for each of the ten digits; NaN where there is an error.</param>
/// <param name="Sum">The most likely sum, 0…18; −1 where there is an error.</param>
/// <param name="SumProbabilities">A probability for each of the nineteen sums; NaN where there is an error.</param>
/// <param name="Error">Why the image or the number can't be used; <see langword="null"/> where they can.</param>
/// <param name="Warning">What casts doubt on the image, see <see cref="ImageWarnings"/>; <see langword="null"/> where nothing does.</param>
public sealed record DigitSumPrediction(
    long Digit,
    [property: JsonConverter(typeof(DigitProbabilitiesConverter))] IReadOnlyList<float> DigitProbabilities,
    long Sum,
    [property: JsonConverter(typeof(SumProbabilitiesConverter))] IReadOnlyList<float> SumProbabilities,
    string? Error,
    string? Warning)
{
    /// <summary>The probability of <see cref="Digit"/>, 0…1; NaN where there is an error.</summary>
    [JsonConverter(typeof(ProbabilityConverter))]
    public float DigitConfidence => Error is null ? DigitProbabilities[(int)Digit] : float.NaN;

    /// <summary>The probability of <see cref="Sum"/>, 0…1; NaN where there is an error.</summary>
    [JsonConverter(typeof(ProbabilityConverter))]
    public float SumConfidence => Error is null ? SumProbabilities[(int)Sum] : float.NaN;
}
