using MnistAdder.Training.Evaluation;

namespace MnistAdder.Training.Page.Plots;

/// <summary>One of the two heads, as the report names it and its answers.</summary>
/// <param name="Name"><c>digit</c> or <c>sum</c>; also its style in <c>plot.css</c>.</param>
/// <param name="Rows">What one answer is given to.</param>
/// <param name="RowsOfImage">How many answers there are to an image.</param>
/// <param name="Details">Its answers.</param>
internal sealed record Head(string Name, string Rows, int RowsOfImage, HeadDetails Details)
{
    /// <summary>Both heads of a run.</summary>
    public static IReadOnlyList<Head> Both(EvaluationDetails details) =>
        [new("digit", "images", 1, details.Digit), new("sum", "pairs", ModelContract.DigitClasses, details.Sum)];
}
