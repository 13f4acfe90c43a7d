using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MnistAdder.OnnxQuantization.Search;

/// <summary>How far numbers are from others, over any number of batches.</summary>
internal sealed class OutputError
{
    private double _differences;
    private double _squares;
    private long _count;
    private long _differing;

    /// <summary>
    /// The root of the mean squared difference over that of the mean square, 0 where all are equal; for anything but floats the share of elements
    /// that differ.
    /// </summary>
    public double Relative => _count > 0 ? _differing / (double)_count : _differences == 0 ? 0 : Math.Sqrt(_differences / _squares);

    public void Add(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        if (expected.Length != actual.Length)
        {
            _differences = double.PositiveInfinity;
            return;
        }

        for (int i = 0; i < expected.Length; i++)
            Add(expected[i], actual[i]);
    }

    public void Add(float expected, float actual)
    {
        double difference = (double)expected - actual;
        // The same infinity, or no number in both, is no difference.
        if (expected.Equals(actual))
            difference = 0;
        _differences += difference * difference;
        _squares += float.IsFinite(expected) ? (double)expected * expected : 0;
    }

    public void Add(NamedOnnxValue expected, NamedOnnxValue actual)
    {
        switch (expected.Value, actual.Value)
        {
            case (DenseTensor<float> one, DenseTensor<float> other):
                Add(one.Buffer.Span, other.Buffer.Span);
                break;
            case (DenseTensor<long> one, DenseTensor<long> other):
                Count(one.Buffer.Span, other.Buffer.Span);
                break;
            case (DenseTensor<int> one, DenseTensor<int> other):
                Count(one.Buffer.Span, other.Buffer.Span);
                break;
            case (DenseTensor<bool> one, DenseTensor<bool> other):
                Count(one.Buffer.Span, other.Buffer.Span);
                break;
        }
    }

    private void Count<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual)
        where T : IEquatable<T>
    {
        _count += Math.Max(expected.Length, actual.Length);
        _differing += Math.Abs(expected.Length - actual.Length);
        for (int i = 0; i < Math.Min(expected.Length, actual.Length); i++)
        {
            if (!expected[i].Equals(actual[i]))
                _differing++;
        }
    }
}
