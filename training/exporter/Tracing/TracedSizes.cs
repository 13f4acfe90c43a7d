namespace MnistAdder.OnnxExport.Tracing;

/// <summary>A size that may follow dynamic dimensions: constant + Σ coefficient · dimension.</summary>
/// <param name="Constant">The part that is the same for all inputs.</param>
/// <param name="Coefficients">For each dynamic dimension, and then for each derived size, how often it counts.</param>
internal sealed record TracedSize(long Constant, IReadOnlyList<long> Coefficients)
{
    /// <summary>Whether it follows no dimension.</summary>
    public bool IsConstant => Coefficients.All(coefficient => coefficient == 0);

    /// <summary>The dynamic dimension or derived size that it is, if it is just that.</summary>
    public int? Dimension => Constant == 0 && Coefficients.Count(coefficient => coefficient != 0) == 1 && Coefficients.Max() == 1
        ? Coefficients.ToList().IndexOf(1)
        : null;

    /// <summary>Its value.</summary>
    /// <param name="sizes">The dynamic dimensions and derived sizes.</param>
    public long At(IReadOnlyList<long> sizes) => Constant + Coefficients.Zip(sizes, (coefficient, size) => coefficient * size).Sum();

    /// <inheritdoc/>
    public bool Equals(TracedSize? other) => other is not null && Constant == other.Constant && Coefficients.SequenceEqual(other.Coefficients);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Constant, Coefficients.Count > 0 ? Coefficients[0] : 0);
}

/// <summary>
/// A size that follows the dynamic dimensions otherwise than linearly, as that of a picture of which every other pixel is taken: the product of two
/// others, a part of another without a rest, or known only as that of the tensor that has it first.
/// </summary>
/// <param name="Values">What it is in each trace.</param>
/// <param name="Factors">The numbers of the two others, among the dynamic dimensions and derived sizes; null where it is no product.</param>
/// <param name="Quotient">What a size that is split evenly is in each trace, and into how many parts; null where it is no such part.</param>
/// <param name="Call">The number of the call that gives the tensor.</param>
/// <param name="Output">Which of the call's results it is.</param>
/// <param name="Axis">The tensor's axis.</param>
internal sealed record DerivedSize(long[] Values, (int One, int Other)? Factors, (long[] Dividend, long Divisor)? Quotient, int Call, int Output, int Axis);

/// <summary>The sizes that the dynamic dimensions had in each trace, and those that follow from them.</summary>
/// <param name="names">The dimensions' names.</param>
/// <param name="runs">
/// For each trace the size of each dimension: first those of the examples, then, for each dimension, a trace where only that has another size,
/// and then any others.
/// </param>
internal sealed class TracedSizes(IReadOnlyList<string> names, IReadOnlyList<long[]> runs)
{
    private readonly List<DerivedSize> _derived = [];

    /// <summary>The dimensions' names.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>For each trace the size of each dimension.</summary>
    public IReadOnlyList<long[]> Runs => runs;

    /// <summary>The derived sizes, in the order of their calls.</summary>
    public IReadOnlyList<DerivedSize> Derived => _derived;

    /// <summary>How many sizes others are made of: dynamic dimensions and derived sizes.</summary>
    public int Count => names.Count + _derived.Count;

    /// <summary>The dimensions with sizes of theirs, for messages.</summary>
    public string Text(IReadOnlyList<long> sizes) => string.Join(", ", names.Zip(sizes, (name, size) => $"{name} {size}"));

    /// <summary>Finds the derived sizes.</summary>
    /// <param name="traces">The traces, which made the same calls.</param>
    public void Derive(IReadOnlyList<Trace> traces)
    {
        for (int call = 0; call < traces[0].Calls.Count; call++)
        {
            TracedCall[] calls = [.. traces.Select(trace => trace.Calls[call])];
            TensorMoment[][] outputs = [.. calls.Select(run => run.Outputs)];
            for (int output = 0; output < outputs[0].Length; output++)
            {
                for (int axis = 0; axis < outputs[0][output].Shape.Length; axis++)
                {
                    long[] values = [.. outputs.Select(run => run[output].Shape[axis])];
                    if (Fit(values) is null)
                        _derived.Add(new DerivedSize(values, FactorsOf(values), QuotientOf(values, calls), call, output, axis));
                }
            }
        }
    }

    /// <summary>Finds how a number follows the dimensions.</summary>
    /// <param name="values">The number in each trace.</param>
    /// <returns>Null where it is linear neither in the dimensions nor in a derived size.</returns>
    public TracedSize? Fit(IReadOnlyList<long> values)
    {
        if (LinearInDimensions(values) is { } linear)
            return linear;
        for (int i = 0; i < _derived.Count; i++)
        {
            if (_derived[i].Values.SequenceEqual(values))
                return Made(names.Count + i, 1, 0);
        }

        for (int i = 0; i < _derived.Count; i++)
        {
            if (LinearIn(_derived[i].Values, values) is var (coefficient, constant))
                return Made(names.Count + i, coefficient, constant);
        }

        return null;
    }

    /// <summary>Whether a size is known before a call is made.</summary>
    public bool IsKnown(TracedSize size, int call)
    {
        for (int i = names.Count; i < Count; i++)
        {
            if (size.Coefficients[i] != 0 && !IsKnown(_derived[i - names.Count], call))
                return false;
        }

        return true;
    }

    /// <summary>The dynamic dimension or derived size with a number.</summary>
    public TracedSize Alone(int number) => Made(number, 1, 0);

    private TracedSize? LinearInDimensions(IReadOnlyList<long> values)
    {
        var coefficients = new long[Count];
        if (values.All(value => value == values[0]))
            return new TracedSize(values[0], coefficients);
        for (int i = 0; i < names.Count; i++)
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

    private TracedSize Made(int number, long coefficient, long constant)
    {
        var coefficients = new long[Count];
        coefficients[number] = coefficient;
        return new TracedSize(constant, coefficients);
    }

    // Two points have a line whatever they follow: a multiple, or the same but for an offset, is believed of them; anything else of three.
    private static (long Coefficient, long Constant)? LinearIn(long[] sizes, IReadOnlyList<long> values)
    {
        int other = Array.FindIndex(sizes, size => size != sizes[0]);
        (long coefficient, long rest) = Math.DivRem(values[other] - values[0], sizes[other] - sizes[0]);
        long constant = values[0] - (coefficient * sizes[0]);
        bool isBelieved = coefficient == 1 || (coefficient != 0 && constant == 0) || (coefficient != 0 && sizes.Distinct().Count() > 2);
        return rest == 0 && isBelieved && sizes.Zip(values).All(pair => (coefficient * pair.First) + constant == pair.Second) ? (coefficient, constant) : null;
    }

    private bool IsKnown(DerivedSize size, int call) =>
        size.Call < call
        || (size.Factors is var (one, other) && IsKnown(Alone(one), call) && IsKnown(Alone(other), call))
        || (size.Quotient is var (dividend, _) && IsKnown(Fit(dividend)!, call));

    // Where an axis is split, the number of elements tells that there is no rest: at other sizes there is no such shape.
    private static (long[] Dividend, long Divisor)? QuotientOf(long[] values, TracedCall[] calls)
    {
        if (calls[0].Method.Name is not ("view" or "reshape" or "unflatten"))
            return null;
        for (int axis = 0; axis < calls[0].Inputs[0].Shape.Length; axis++)
        {
            long[] whole = [.. calls.Select(run => run.Inputs[0].Shape[axis])];
            if (values[0] > 0 && LinearIn(values, whole) is (> 1 and var divisor, 0))
                return (whole, divisor);
        }

        return null;
    }

    private (int One, int Other)? FactorsOf(long[] values)
    {
        long[][] all = [.. names.Select((_, i) => runs.Select(run => run[i]).ToArray()), .. _derived.Select(size => size.Values)];
        for (int one = 0; one < all.Length; one++)
        {
            for (int other = one; other < all.Length; other++)
            {
                if (values.Select((value, run) => all[one][run] * all[other][run] == value).All(same => same))
                    return (one, other);
            }
        }

        return null;
    }
}
