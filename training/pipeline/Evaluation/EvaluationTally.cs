using MnistAdder.Training.Data;

namespace MnistAdder.Training.Evaluation;

/// <summary>Collects <see cref="EvaluationDetails"/> while a model's answers come in.</summary>
/// <param name="digits">The images that are answered.</param>
internal sealed class EvaluationTally(DigitSet digits)
{
    private readonly HeadDetails _digit = new(new ConfusionMatrix(ModelContract.DigitClasses), new Calibration());
    private readonly HeadDetails _sum = new(new ConfusionMatrix(ModelContract.SumClasses), new Calibration());
    private readonly int[] _rightSums = new int[ModelContract.DigitClasses];
    private readonly Answer[] _digitAnswers = new Answer[digits.Count];
    private readonly Dictionary<int, WrongSums> _wrongSums = [];

    /// <summary>Counts the digit read in an image; once for each image.</summary>
    /// <param name="image">The image's place in its set.</param>
    /// <param name="answer">The class answered.</param>
    /// <param name="probabilities">A probability for each class.</param>
    public void AddDigit(int image, int answer, ReadOnlySpan<float> probabilities) =>
        _digitAnswers[image] = Count(_digit, digits.Labels[image], answer, probabilities);

    /// <summary>Counts the sum of an image and a number; once for each pair.</summary>
    /// <param name="image">The image's place in its set.</param>
    /// <param name="addend">The number added.</param>
    /// <param name="answer">The class answered.</param>
    /// <param name="probabilities">A probability for each class.</param>
    public void AddSum(int image, int addend, int answer, ReadOnlySpan<float> probabilities)
    {
        int expected = digits.Labels[image] + addend;
        var sum = new SumAnswer(addend, Count(_sum, expected, answer, probabilities));
        if (answer == expected)
            _rightSums[addend]++;
        else if (!_wrongSums.TryGetValue(image, out WrongSums wrong))
            _wrongSums[image] = new WrongSums(1, sum);
        else
            _wrongSums[image] = new WrongSums(wrong.Count + 1, sum.Answer.RightProbability < wrong.Worst.Answer.RightProbability ? sum : wrong.Worst);
    }

    /// <summary>What was collected.</summary>
    public EvaluationDetails ToDetails()
    {
        Mistake[] mistakes = [.. Enumerable.Range(0, digits.Count).Where(IsMistaken).Select(ToMistake)];
        return new EvaluationDetails(
            _digit,
            _sum,
            [.. _rightSums.Select(right => right / (double)digits.Count)],
            mistakes.Length,
            [.. mistakes.OrderBy(mistake => mistake.RightProbability).ThenBy(mistake => mistake.Index).Take(EvaluationDetails.MostMistakes)]);
    }

    private static Answer Count(HeadDetails head, int expected, int answer, ReadOnlySpan<float> probabilities)
    {
        head.Confusion.Add(expected, answer);
        head.Calibration.Add(probabilities[answer], answer == expected);
        return new Answer(answer, probabilities[answer], probabilities[expected]);
    }

    private bool IsMistaken(int image) => _digitAnswers[image].Class != digits.Labels[image] || _wrongSums.ContainsKey(image);

    private Mistake ToMistake(int image)
    {
        ReadOnlyMemory<byte> levels = digits.Images.AsMemory(image * MnistGeometry.PixelCount, MnistGeometry.PixelCount);
        return _wrongSums.TryGetValue(image, out WrongSums wrong)
            ? new Mistake(image, levels, digits.Labels[image], _digitAnswers[image], wrong.Count, wrong.Worst)
            : new Mistake(image, levels, digits.Labels[image], _digitAnswers[image], 0, null);
    }

    private readonly record struct WrongSums(int Count, SumAnswer Worst);
}
