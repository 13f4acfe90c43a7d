using MnistAdder.Scoring.Tables;

namespace MnistAdder.Scoring.Output;

/// <summary>A row and what the model says of it.</summary>
/// <param name="Input">The row as it came in.</param>
/// <param name="Prediction">The answer; <see langword="null"/> where there is an error.</param>
/// <param name="Error">Why there is no answer; <see langword="null"/> where there is one.</param>
/// <param name="Warning">What casts doubt on the image; <see langword="null"/> where nothing does, or there is an error.</param>
/// <param name="Pixels">What the model was given, 28×28 levels, where that was asked for; the memory is reused for the next row.</param>
internal readonly record struct OutputRow(InputRow Input, Prediction? Prediction, string? Error, string? Warning, ReadOnlyMemory<byte> Pixels = default);

/// <summary>The model's answer for one row.</summary>
/// <param name="Digit">The most likely digit, 0…9.</param>
/// <param name="DigitProbabilities">A probability for each digit; the memory is reused for the next row.</param>
/// <param name="Sum">The most likely sum, 0…18.</param>
/// <param name="SumProbabilities">A probability for each sum; the memory is reused for the next row.</param>
internal readonly record struct Prediction(long Digit, ReadOnlyMemory<float> DigitProbabilities, long Sum, ReadOnlyMemory<float> SumProbabilities)
{
    /// <summary>The probability of <see cref="Digit"/>.</summary>
    public float DigitConfidence => DigitProbabilities.Span[(int)Digit];

    /// <summary>The probability of <see cref="Sum"/>.</summary>
    public float SumConfidence => SumProbabilities.Span[(int)Sum];
}

/// <summary>Writes scored rows in a format. Disposed of, it lets go of what it kept: rows before an error are written.</summary>
internal interface IRowWriter : IDisposable
{
    /// <summary>Writes one row, or keeps it for the next <see cref="Flush"/>.</summary>
    void Write(in OutputRow row);

    /// <summary>Lets everything written so far reach the output.</summary>
    void Flush();
}
