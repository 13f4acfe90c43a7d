namespace MnistAdder.Training.Evaluation;

/// <summary>How often each class was answered where each class was right.</summary>
/// <param name="classes">Number of classes, at least 1.</param>
internal sealed class ConfusionMatrix(int classes)
{
    private readonly int[,] _counts = new int[classes, classes];

    /// <summary>Number of classes.</summary>
    public int Classes => classes;

    /// <summary>Answers counted.</summary>
    public int Total { get; private set; }

    /// <summary>Right answers, the diagonal.</summary>
    public int Right => Enumerable.Range(0, classes).Sum(one => _counts[one, one]);

    /// <summary>Share of right answers, 0…1; NaN where nothing was counted.</summary>
    public double Accuracy => Right / (double)Total;

    /// <summary>How often a class was answered where another was right.</summary>
    /// <param name="expected">The right class, 0…<see cref="Classes"/>−1.</param>
    /// <param name="answered">The class answered, 0…<see cref="Classes"/>−1.</param>
    public int this[int expected, int answered] => _counts[expected, answered];

    /// <summary>Rows whose right class this is.</summary>
    /// <param name="one">The class.</param>
    public int Expected(int one) => Enumerable.Range(0, classes).Sum(other => _counts[one, other]);

    /// <summary>Rows whose answer this is.</summary>
    /// <param name="one">The class.</param>
    public int Answered(int one) => Enumerable.Range(0, classes).Sum(other => _counts[other, one]);

    /// <summary>Of the rows with this answer, the share that is right, 0…1; null where the class was never answered.</summary>
    /// <param name="one">The class.</param>
    public double? Precision(int one) => Answered(one) is > 0 and var rows ? _counts[one, one] / (double)rows : null;

    /// <summary>Of the rows of this class, the share answered rightly, 0…1; null where there is none.</summary>
    /// <param name="one">The class.</param>
    public double? Recall(int one) => Expected(one) is > 0 and var rows ? _counts[one, one] / (double)rows : null;

    internal void Add(int expected, int answered)
    {
        _counts[expected, answered]++;
        Total++;
    }
}
