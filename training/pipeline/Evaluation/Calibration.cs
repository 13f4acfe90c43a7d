namespace MnistAdder.Training.Evaluation;

/// <summary>Whether answers are right as often as their probabilities say, by bins of equal width of the answer's probability.</summary>
/// <remarks>
/// Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On Calibration of Modern Neural Networks" (2017), section 2: fifteen bins,
/// a row belongs to the bin (m/15, (m+1)/15] of the probability of its answer.
/// </remarks>
internal sealed class Calibration
{
    /// <summary>Number of bins.</summary>
    public const int BinCount = 15;

    private readonly int[] _rows = new int[BinCount];
    private readonly int[] _right = new int[BinCount];
    private readonly double[] _confidence = new double[BinCount];

    /// <summary>The bins from the lowest probabilities to the highest; empty ones among them.</summary>
    public IReadOnlyList<CalibrationBin> Bins =>
    [
        .. Enumerable.Range(0, BinCount).Select(bin => new CalibrationBin(
            bin / (double)BinCount, (bin + 1) / (double)BinCount, _rows[bin], _right[bin], _confidence[bin] / _rows[bin])),
    ];

    /// <summary>
    /// The expected calibration error, 0…1: the distance between accuracy and mean probability of a bin, in the mean over the
    /// bins weighted by their rows.
    /// </summary>
    public double ExpectedError =>
        Bins.Where(bin => bin.Rows > 0).Sum(bin => bin.Rows * Math.Abs(bin.Accuracy - bin.MeanConfidence)) / _rows.Sum();

    internal void Add(double confidence, bool right)
    {
        int bin = Math.Clamp((int)Math.Ceiling(confidence * BinCount) - 1, 0, BinCount - 1);
        _rows[bin]++;
        _right[bin] += right ? 1 : 0;
        _confidence[bin] += confidence;
    }
}

/// <summary>Rows whose answer had a probability between two bounds.</summary>
/// <param name="From">Lower bound, exclusive.</param>
/// <param name="To">Upper bound, inclusive.</param>
/// <param name="Rows">Rows in the bin.</param>
/// <param name="Right">Right answers among them.</param>
/// <param name="MeanConfidence">Their answers' mean probability; NaN in an empty bin.</param>
internal sealed record CalibrationBin(double From, double To, int Rows, int Right, double MeanConfidence)
{
    /// <summary>Share of right answers, 0…1; NaN in an empty bin.</summary>
    public double Accuracy => Right / (double)Rows;
}
