using MnistAdder.Training.Data;
using MnistAdder.Training.Evaluation;

namespace MnistAdder.Training.Tests.Evaluation;

public sealed class EvaluationTallyTests
{
    [Fact]
    public void Answers_are_counted_by_class()
    {
        EvaluationDetails details = Tally([3, 3, 5], [(3, 0.9f), (5, 0.6f), (5, 0.8f)], (_, _) => null);
        ConfusionMatrix matrix = details.Digit.Confusion;
        Assert.Equal((1, 1, 1, 3), (matrix[3, 3], matrix[3, 5], matrix[5, 5], matrix.Total));
        Assert.Equal(2 / 3.0, matrix.Accuracy, 12);
        Assert.Equal((1, 0.5), (matrix.Precision(3), matrix.Recall(3)));
        Assert.Equal((0.5, 1), (matrix.Precision(5), matrix.Recall(5)));
        Assert.Equal((null, null), (matrix.Precision(7), matrix.Recall(7)));
        Assert.Equal(30, details.Sum.Confusion.Total);
    }

    [Fact]
    public void The_calibration_error_is_the_distance_of_accuracy_and_probability_weighted_by_rows()
    {
        // Two rows of probability 0.95, one of them right, and one of 0.65 that is right: (2·0.45 + 1·0.35) / 3.
        EvaluationDetails details = Tally([3, 3, 5], [(3, 0.95f), (5, 0.95f), (5, 0.65f)], (_, _) => null);
        Assert.Equal(1.25 / 3, details.Digit.Calibration.ExpectedError, 6);
        Assert.Equal([1, 2], details.Digit.Calibration.Bins.Where(bin => bin.Rows > 0).Select(bin => bin.Rows));
    }

    [Theory]
    [InlineData(1, 14)]
    [InlineData(0.9, 13)]
    [InlineData(6 / 15.0, 5)]
    [InlineData(0.41, 6)]
    public void A_bin_has_its_upper_bound_and_not_its_lower_one(double probability, int bin)
    {
        var calibration = new Calibration();
        calibration.Add(probability, right: true);
        Assert.Equal(1, calibration.Bins[bin].Rows);
    }

    [Fact]
    public void The_mistake_that_left_the_right_answer_the_least_probability_comes_first_and_each_image_once()
    {
        // Image 0: every answer right. Image 1: the digit wrong. Image 2: the digit right, two sums wrong.
        EvaluationDetails details = Tally([3, 4, 5], [(3, 0.9f), (9, 0.7f), (5, 0.9f)], (image, addend) => (image, addend) switch
        {
            (2, 1) => (2, 0.8f),
            (2, 4) => (3, 0.99f),
            _ => null,
        });
        Assert.Equal(2, details.MistakenImages);
        Assert.Equal([2, 1], details.WorstMistakes.Select(mistake => mistake.Index));
        Mistake worst = details.WorstMistakes[0];
        Assert.Equal((5, false, 2, 4, 3), (worst.Label, worst.IsDigitWrong, worst.WrongSums, worst.WorstSum!.Value.Addend, worst.WorstSum.Value.Answer.Class));
        Assert.Equal((true, 0, null), (details.WorstMistakes[1].IsDigitWrong, details.WorstMistakes[1].WrongSums, details.WorstMistakes[1].WorstSum));
        Assert.Equal([1, 2 / 3.0, 1, 1, 2 / 3.0, 1, 1, 1, 1, 1], details.SumAccuracyByAddend);
    }

    [Fact]
    public void No_more_than_forty_mistakes_are_kept()
    {
        EvaluationDetails details = Tally(new byte[60], [.. Enumerable.Repeat((1, 0.5f), 60)], (_, _) => null);
        Assert.Equal((60, 40), (details.MistakenImages, details.WorstMistakes.Count));
    }

    // The answer gets its probability and the other classes share the rest; a sum without an answer is right.
    private static EvaluationDetails Tally(byte[] labels, (int Answer, float Probability)[] digits, Func<int, int, (int Answer, float Probability)?> sums)
    {
        var tally = new EvaluationTally(new DigitSet(new byte[labels.Length * MnistGeometry.PixelCount], labels));
        for (int image = 0; image < labels.Length; image++)
        {
            tally.AddDigit(image, digits[image].Answer, Probabilities(ModelContract.DigitClasses, digits[image]));
            for (int addend = 0; addend < ModelContract.DigitClasses; addend++)
            {
                (int Answer, float Probability) sum = sums(image, addend) ?? (labels[image] + addend, 0.9f);
                tally.AddSum(image, addend, sum.Answer, Probabilities(ModelContract.SumClasses, sum));
            }
        }

        return tally.ToDetails();
    }

    private static float[] Probabilities(int classes, (int Answer, float Probability) answer)
    {
        float[] all = [.. Enumerable.Repeat((1 - answer.Probability) / (classes - 1), classes)];
        all[answer.Answer] = answer.Probability;
        return all;
    }
}
