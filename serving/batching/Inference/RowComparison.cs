using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MnistAdder.OnnxBatching.Inference;

/// <summary>Compares what a row gave among others with what it gave alone.</summary>
internal static class RowComparison
{
    // Kernels add up in another order for more rows.
    private const double Tolerance = 1e-5;

    // One unit in the last place of floats of 16 bits.
    private const double HalfTolerance = 1e-3;

    /// <summary>
    /// Whether a row's part of an output is the row's own output: texts, integers and NaN equal, and floats within 1e-5 of the row's
    /// greatest magnitude (those of 16 bits within 1e-3).
    /// </summary>
    /// <param name="together">The output of a run of many rows.</param>
    /// <param name="row">The row's place among them.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="alone">The output of a run of the row alone.</param>
    public static bool IsSame(OrtValue together, int row, int count, OrtValue alone)
    {
        OrtTensorTypeAndShapeInfo all = together.GetTensorTypeAndShape(), own = alone.GetTensorTypeAndShape();
        if (all.Shape is not [var first, ..] || first % count != 0 || all.ElementCount != own.ElementCount * count || all.ElementDataType != own.ElementDataType)
            return false;
        int length = (int)own.ElementCount, start = row * length;
        switch (own.ElementDataType)
        {
            case TensorElementType.Float:
                return AreClose(together.GetTensorDataAsSpan<float>().Slice(start, length), alone.GetTensorDataAsSpan<float>(), value => value, Tolerance);
            case TensorElementType.Double:
                return AreClose(together.GetTensorDataAsSpan<double>().Slice(start, length), alone.GetTensorDataAsSpan<double>(), value => value, Tolerance);
            case TensorElementType.Float16:
                return AreClose(together.GetTensorDataAsSpan<Float16>().Slice(start, length), alone.GetTensorDataAsSpan<Float16>(), value => (float)value, HalfTolerance);
            case TensorElementType.String:
                for (int i = 0; i < length; i++)
                {
                    if (!together.GetStringElementAsSpan(start + i).SequenceEqual(alone.GetStringElementAsSpan(i)))
                        return false;
                }

                return true;
            default:
                Span<byte> bytes = alone.GetTensorMutableRawData();
                return together.GetTensorMutableRawData().Slice(row * bytes.Length, bytes.Length).SequenceEqual(bytes);
        }
    }

    private static bool AreClose<T>(ReadOnlySpan<T> together, ReadOnlySpan<T> alone, Func<T, double> number, double tolerance)
    {
        double greatest = 0;
        foreach (T value in alone)
        {
            double magnitude = Math.Abs(number(value));
            if (double.IsFinite(magnitude) && magnitude > greatest)
                greatest = magnitude;
        }

        for (int i = 0; i < alone.Length; i++)
        {
            double left = number(together[i]), right = number(alone[i]);
            // Equals holds for NaN and NaN, and for an infinity and itself.
            if (!left.Equals(right) && !(Math.Abs(left - right) <= tolerance * greatest))
                return false;
        }

        return true;
    }
}
