namespace MnistAdder.Serving;

/// <summary>The names of the columns that the digit-sum transform adds.</summary>
public sealed record DigitSumColumns
{
    /// <summary>The most likely digit, Int64, 0…9; −1 in a failed row.</summary>
    public string Digit { get; init; } = nameof(Digit);

    /// <summary>A probability for each digit, Vector&lt;Single, 10&gt;; NaN in a failed row.</summary>
    public string DigitProbabilities { get; init; } = nameof(DigitProbabilities);

    /// <summary>The most likely sum, Int64, 0…18; −1 in a failed row.</summary>
    public string Sum { get; init; } = nameof(Sum);

    /// <summary>A probability for each sum, Vector&lt;Single, 19&gt;; NaN in a failed row.</summary>
    public string SumProbabilities { get; init; } = nameof(SumProbabilities);

    /// <summary>Why a row failed, text; empty where it didn't.</summary>
    public string Error { get; init; } = nameof(Error);
}
