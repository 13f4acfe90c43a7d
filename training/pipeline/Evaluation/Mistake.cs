namespace MnistAdder.Training.Evaluation;

/// <summary>An image that was read wrongly, or added to wrongly.</summary>
/// <param name="Index">The image's place in its set, 0 and up.</param>
/// <param name="Image">Its grey levels, 784 in row order.</param>
/// <param name="Label">The digit that it shows.</param>
/// <param name="Digit">The digit that was answered, right or wrong.</param>
/// <param name="WrongSums">How many of the sums with the ten addends are wrong.</param>
/// <param name="WorstSum">Of the wrong sums, the one whose right answer was given the least probability; null where every sum is right.</param>
internal sealed record Mistake(int Index, ReadOnlyMemory<byte> Image, int Label, Answer Digit, int WrongSums, SumAnswer? WorstSum)
{
    /// <summary>Whether the digit is wrong.</summary>
    public bool IsDigitWrong => Digit.Class != Label;

    /// <summary>The least probability that a wrong answer left for the right one, 0…1: the less, the worse.</summary>
    public double RightProbability => Math.Min(IsDigitWrong ? Digit.RightProbability : 1, WorstSum?.Answer.RightProbability ?? 1);
}

/// <summary>What a head answered.</summary>
/// <param name="Class">The class.</param>
/// <param name="Probability">The class's probability, 0…1.</param>
/// <param name="RightProbability">The right class's probability, 0…1.</param>
internal readonly record struct Answer(int Class, double Probability, double RightProbability);

/// <summary>A sum that was answered.</summary>
/// <param name="Addend">The number to add, 0…9.</param>
/// <param name="Answer">The sum.</param>
internal readonly record struct SumAnswer(int Addend, Answer Answer);
