namespace MnistAdder.Training.Evaluation;

/// <summary>What lies behind the accuracies of an exported model: its own answers to every image with all ten addends.</summary>
/// <param name="Digit">The digit head, one answer for each image: the number to add doesn't reach it.</param>
/// <param name="Sum">The sum head, ten answers for each image.</param>
/// <param name="SumAccuracyByAddend">Share of right sums with each addend 0…9.</param>
/// <param name="MistakenImages">Images with a wrong digit or a wrong sum.</param>
/// <param name="WorstMistakes">The worst of these, in the order of <see cref="Mistake.RightProbability"/>, at most <see cref="MostMistakes"/>.</param>
internal sealed record EvaluationDetails(
    HeadDetails Digit, HeadDetails Sum, IReadOnlyList<double> SumAccuracyByAddend, int MistakenImages, IReadOnlyList<Mistake> WorstMistakes)
{
    /// <summary>The most mistakes that are kept.</summary>
    public const int MostMistakes = 40;
}

/// <summary>One head's answers by class and by probability.</summary>
/// <param name="Confusion">Which class was taken for which.</param>
/// <param name="Calibration">Whether the probabilities can be believed.</param>
internal sealed record HeadDetails(ConfusionMatrix Confusion, Calibration Calibration);
