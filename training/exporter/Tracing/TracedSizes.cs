namespace MnistAdder.OnnxExport.Tracing;

/// <summary>A size that may follow dynamic dimensions: constant + Σ coefficient · dimension.</summary>
/// <param name="Constant">The part that is the same for all inputs.</param>
/// <param name="Coefficients">For each dynamic dimension how often it counts.</param>
internal sealed record TracedSize(long Constant, IReadOnlyList<long> Coefficients)
{
    /// <summary>Whether it follows no dimension.</summary>
    public bool IsConstant => Coefficients.All(coefficient => coefficient == 0);

    /// <summary>The dynamic dimension that it is, if it is just that.</summary>
    public int? Dimension => Constant == 0 && Coefficients.Count(coefficient => coefficient != 0) == 1 && Coefficients.Max() == 1
        ? Coefficients.ToList().IndexOf(1)
        : null;

    /// <summary>Its value.</summary>
    /// <param name="sizes">The sizes of the dynamic dimensions.</param>
    public long At(IReadOnlyList<long> sizes) => Constant + Coefficients.Zip(sizes, (coefficient, size) => coefficient * size).Sum();

    /// <inheritdoc/>
    public bool Equals(TracedSize? other) => other is not null && Constant == other.Constant && Coefficients.SequenceEqual(other.Coefficients);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Constant, Coefficients.Count > 0 ? Coefficients[0] : 0);
}

/// <summary>The sizes that the dynamic dimensions had in each trace.</summary>
/// <param name="names">The dimensions' names.</param>
/// <param name="runs">
/// For each trace the size of each dimension: first those of the examples, then, for each dimension, a trace where only that has another size,
/// and then any others.
/// </param>
internal sealed class TracedSizes(IReadOnlyList<string> names, IReadOnlyList<long[]> runs)
{
    /// <summary>The dimensions' names.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>For each trace the size of each dimension.</summary>
    public IReadOnlyList<long[]> Runs => runs;

    /// <summary>Finds how a number follows the dimensions.</summary>
    /// <param name="values">The number in each trace.</param>
    /// <returns>Null where it isn't linear.</returns>
    public TracedSize? Fit(IReadOnlyList<long> values)
    {
        var coefficients = new long[names.Count];
        if (values.All(value => value == values[0]))
            return new TracedSize(values[0], coefficients);
        for (int i = 0; i < coefficients.Length; i++)
        {
            (long coefficient, long rest) = Math.DivRem(values[i + 1] - values[0], runs[i + 1][i] - runs[0][i]);
            if (rest != 0)
                return null;
            coefficients[i] = coefficient;
        }

        var size = new TracedSize(0, coefficients);
        size = size with { Constant = values[0] - size.At(runs[0]) };
        return runs.Zip(values).All(pair => size.At(pair.First) == pair.Second) ? size : null;
    }
}
