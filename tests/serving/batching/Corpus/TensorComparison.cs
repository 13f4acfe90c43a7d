using System.Globalization;

namespace MnistAdder.OnnxBatching.Tests.Corpus;

/// <summary>Says in which way two tensors differ; integers, texts, NaN and infinity have to be equal.</summary>
internal static class TensorComparison
{
    /// <summary>With the tolerance of ONNX's own backend tests.</summary>
    public static string? AsBackendTests(Array expected, Array found) => Difference(expected, found, value => 1e-7 + (1e-3 * Math.Abs(value)));

    /// <summary>With the rounding that a run of several rows, or another order of summation, may have.</summary>
    public static string? ButForRounding(Array expected, Array found)
    {
        double largest = IsFloatingPoint(expected) ? Doubles(expected).Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max() : 0;
        return Difference(expected, found, _ => 1e-5 * largest);
    }

    private static string? Difference(Array expected, Array found, Func<double, double> tolerance)
    {
        if (expected.Length != found.Length)
            return $"{found.Length} values instead of {expected.Length}";
        for (int i = 0; i < expected.Length; i++)
        {
            object value = expected.GetValue(i)!;
            object other = found.GetValue(i)!;
            if (value.GetType() != other.GetType())
                return $"{other.GetType().Name} instead of {value.GetType().Name}";
            bool same = value.Equals(other) || (value is float or double && Math.Abs(Double(value) - Double(other)) <= tolerance(Double(value)));
            if (!same)
                return string.Create(CultureInfo.InvariantCulture, $"value {i} is {other} instead of {value}");
        }

        return null;
    }

    private static bool IsFloatingPoint(Array values) => values is float[] or double[] || (values is object[] and [float or double, ..]);

    private static IEnumerable<double> Doubles(Array values) => values.Cast<object>().Select(Double);

    private static double Double(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
