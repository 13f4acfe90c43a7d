using System.Collections;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MnistAdder.OnnxQuantization.Results;

/// <summary>How far numbers are from others, over any number of batches.</summary>
internal sealed class OutputError
{
    private double _differences;
    private double _squares;
    private long _count;
    private long _differing;

    /// <summary>
    /// The root of the mean squared difference over that of the mean square, 0 where all are equal; for anything but floats the share of elements
    /// that differ. Infinite where one is no number and the other is.
    /// </summary>
    public double Relative
    {
        get
        {
            if (_count > 0)
                return _differing / (double)_count;
            return double.IsNaN(_differences) ? double.PositiveInfinity : _differences == 0 ? 0 : Math.Sqrt(_differences / _squares);
        }
    }

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
            case (DenseTensor<double> one, DenseTensor<double> other):
                Add(Array.ConvertAll(one.ToArray(), number => (float)number), Array.ConvertAll(other.ToArray(), number => (float)number));
                break;
            case (DenseTensor<Float16> one, DenseTensor<Float16> other):
                Add(Array.ConvertAll(one.ToArray(), number => (float)number), Array.ConvertAll(other.ToArray(), number => (float)number));
                break;
            case (IEnumerable one, IEnumerable other) when expected.ValueType == OnnxValueType.ONNX_TYPE_TENSOR:
                Count([.. one.Cast<object>()], [.. other.Cast<object>()]);
                break;
        }
    }

    private void Count(object[] expected, object[] actual)
    {
        _count += Math.Max(expected.Length, actual.Length);
        _differing += Math.Abs(expected.Length - actual.Length) + expected.Zip(actual).Count(pair => !pair.First.Equals(pair.Second));
    }
}
