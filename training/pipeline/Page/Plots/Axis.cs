using System.Globalization;

namespace MnistAdder.Training.Page.Plots;

/// <summary>Where values stand along one side of a chart.</summary>
/// <param name="Title">The quantity and its unit.</param>
/// <param name="Ticks">The values that are labelled.</param>
/// <param name="Place">0 at the lower or left end, 1 at the other.</param>
internal sealed record Axis(string Title, IReadOnlyList<Tick> Ticks, Func<double, double> Place)
{
    private const int FewestTicks = 4;
    private const double Margin = 1.2;

    // What a tick's first digits may be on a logarithmic axis, from few ticks to many.
    private static readonly double[][] Mantissas = [[1], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]];

    /// <summary>An axis on which equal distances are equal differences.</summary>
    /// <param name="title">The quantity and its unit.</param>
    /// <param name="low">The value at the lower end.</param>
    /// <param name="high">The value at the upper end.</param>
    /// <param name="format">Format of the labels.</param>
    public static Axis Linear(string title, double low, double high, string format) =>
        new(title, [.. EvenSteps(low, high, NiceStep((high - low) / 5)).Select(value => Labelled(value, value, format))], value => (value - low) / (high - low));

    /// <summary>An axis of whole numbers, with half a step of room at both ends.</summary>
    /// <param name="title">The quantity.</param>
    /// <param name="first">The least number.</param>
    /// <param name="last">The greatest number.</param>
    /// <param name="mostTicks">The most labels that have room.</param>
    public static Axis Whole(string title, int first, int last, int mostTicks)
    {
        double low = first - 0.5, high = last + 0.5;
        double step = Math.Max(1, NiceStep((last - first + 1) / (double)mostTicks));
        return new Axis(title, [.. EvenSteps(low, high, step).Select(value => Labelled(value, value, "0"))], value => (value - low) / (high - low));
    }

    /// <summary>An axis on which equal distances are equal ratios. A value of 0, which has no place there, stands at the lower end.</summary>
    /// <param name="title">The quantity and its unit.</param>
    /// <param name="values">The values that must have a place, none below 0.</param>
    public static Axis Logarithmic(string title, IReadOnlyCollection<double> values)
    {
        double[] positive = [.. values.Where(value => value > 0).DefaultIfEmpty(1)];
        double low = positive.Min() / Margin, high = positive.Max() * Margin;
        return new Axis(
            title,
            [.. LogarithmicSteps(low, high).Select(value => Labelled(value, value, "0.######"))],
            value => Math.Log(Math.Max(value, low) / low) / Math.Log(high / low));
    }

    /// <summary>
    /// An axis of shares in per cent that is logarithmic in what is missing from 100: 90, 99 and 99.9 are a step apart. Where
    /// a share is 1, it stands at the upper end.
    /// </summary>
    /// <param name="title">The quantity.</param>
    /// <param name="shares">The shares that must have a place, 0…1.</param>
    public static Axis Accuracy(string title, IReadOnlyCollection<double> shares)
    {
        double[] errors = [.. shares.Select(Error).Where(error => error > 0)];
        bool perfect = errors.Length < shares.Count;
        double most = (errors.Length > 0 ? errors.Max() : 1) * Margin;
        double least = errors.Length > 0 ? errors.Min() / (perfect ? 2 : Margin) : 0.1;
        IEnumerable<double> steps = LogarithmicSteps(perfect ? least * 1.5 : least, Math.Min(most, 100));
        Tick[] ticks = [.. steps.Select(error => Labelled(1 - (error / 100), 100 - error, "0.######")), .. perfect ? [new Tick(1, "100")] : Array.Empty<Tick>()];
        return new Axis($"{title} (%)", ticks, share => Math.Log(most / Math.Max(Error(share), least)) / Math.Log(most / least));

        // Rounded, so that 1 − 0.99 is 0.01 and no tick is lost.
        static double Error(double share) => Math.Round(100 * (1 - share), 9);
    }

    private static double[] LogarithmicSteps(double low, double high)
    {
        foreach (double[] mantissas in Mantissas)
        {
            IEnumerable<double> all = Enumerable.Range(-9, 19).SelectMany(power => mantissas.Select(mantissa => mantissa * Math.Pow(10, power)));
            double[] steps = [.. all.Where(value => value >= low && value <= high)];
            if (steps.Length >= FewestTicks)
                return steps;
        }

        return EvenSteps(low, high, NiceStep((high - low) / (FewestTicks + 1)));
    }

    private static double[] EvenSteps(double low, double high, double step)
    {
        double first = Math.Ceiling((low / step) - 1e-9);
        int count = (int)Math.Floor((high / step) - first + 1e-9) + 1;
        return [.. Enumerable.Range(0, count).Select(index => (first + index) * step)];
    }

    // The least of 1, 2 and 5 times a power of ten that is no less than the step wanted.
    private static double NiceStep(double wanted)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(wanted)));
        return power * new double[] { 1, 2, 5, 10 }.First(mantissa => mantissa * power >= wanted * (1 - 1e-9));
    }

    private static Tick Labelled(double value, double shown, string format) => new(value, shown.ToString(format, CultureInfo.InvariantCulture));
}

/// <summary>A labelled value of an axis.</summary>
internal sealed record Tick(double Value, string Label);
