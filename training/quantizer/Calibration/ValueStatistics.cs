using System.Numerics.Tensors;

namespace MnistAdder.OnnxQuantization.Calibration;

/// <summary>What was seen of a value: first its range, then how often its numbers are where.</summary>
internal sealed class ValueStatistics
{
    private const int Bins = 2048;

    // Shares of each side of the range that are tried.
    private const int Candidates = 40;
    private const double LeastShare = 0.2;

    private long[]? _counts;
    private long _zeros;

    public float Least { get; private set; } = float.PositiveInfinity;

    public float Greatest { get; private set; } = float.NegativeInfinity;

    /// <summary>The value's shape in the first run.</summary>
    public int[]? Shape { get; private set; }

    /// <summary>Widens the range.</summary>
    /// <exception cref="OnnxQuantizationException">A number is infinite or NaN.</exception>
    public void Widen(string value, ReadOnlySpan<float> numbers, ReadOnlySpan<int> shape)
    {
        Shape ??= shape.ToArray();
        if (numbers.IsEmpty)
            return;
        float least = TensorPrimitives.Min(numbers), greatest = TensorPrimitives.Max(numbers);
        if (!float.IsFinite(least) || !float.IsFinite(greatest))
            throw new OnnxQuantizationException($"On the calibration data the model's value '{value}' is infinite or no number; 8 bits can't stand for that.");
        Least = Math.Min(Least, least);
        Greatest = Math.Max(Greatest, greatest);
    }

    /// <summary>Counts where numbers are within the range, which is known by now.</summary>
    public void Count(ReadOnlySpan<float> numbers)
    {
        _counts ??= new long[Bins];
        double scale = Bins / Math.Max((double)Greatest - Least, float.Epsilon);
        foreach (float number in numbers)
        {
            // Exactly nought is stood for exactly, and is what most numbers behind a Relu are.
            if (number == 0)
                _zeros++;
            else
                _counts[Math.Clamp((int)((number - (double)Least) * scale), 0, Bins - 1)]++;
        }
    }

    /// <summary>Chooses what 8 bits stand for.</summary>
    public Quantization Choose(CalibrationMethod method, double percentile)
    {
        if (!(Least <= Greatest))
            return Quantization.Over(0, 0);
        return method switch
        {
            CalibrationMethod.Percentile => OfPercentile(percentile),
            CalibrationMethod.SquaredError => OfLeastSquares(),
            _ => Quantization.Over(Least, Greatest),
        };
    }

    // As many are cut off at each end; all of them at one where nothing lies beyond zero at the other.
    private Quantization OfPercentile(double percentile)
    {
        long all = _counts!.Sum() + _zeros;
        double outside = all * (100 - percentile) / 100, below = Least >= 0 ? 0 : Greatest <= 0 ? outside : outside / 2;
        return Quantization.Over(Least >= 0 ? 0 : Edge(below, fromBelow: true), Greatest <= 0 ? 0 : Edge(outside - below, fromBelow: false));
    }

    // The edge of the outermost bin that isn't cut off whole.
    private float Edge(double cut, bool fromBelow)
    {
        long seen = 0;
        for (int i = 0; i < Bins; i++)
        {
            int bin = fromBelow ? i : Bins - 1 - i;
            seen += _counts![bin];
            if (seen > cut)
                return (float)(Least + (((fromBelow ? bin : bin + 1) / (double)Bins) * ((double)Greatest - Least)));
        }

        return 0;
    }

    private Quantization OfLeastSquares()
    {
        (double Error, Quantization Choice) best = (double.PositiveInfinity, Quantization.Over(Least, Greatest));
        foreach (double low in Shares(Least < 0))
        {
            foreach (double high in Shares(Greatest > 0))
            {
                var choice = Quantization.Over((float)(Least * low), (float)(Greatest * high));
                double error = SquaredError(choice);
                if (error < best.Error)
                    best = (error, choice);
            }
        }

        return best.Choice;
    }

    private static IEnumerable<double> Shares(bool isPartOfRange) =>
        isPartOfRange ? Enumerable.Range(0, Candidates).Select(i => 1 - (i * (1 - LeastShare) / (Candidates - 1))) : [1];

    // Within the range an error is anywhere between −½ and ½ a step; beyond it, it is the distance to the end.
    private double SquaredError(Quantization choice)
    {
        double low = choice.Value(byte.MinValue), high = choice.Value(byte.MaxValue), within = (double)choice.Scale * choice.Scale / 12;
        double width = ((double)Greatest - Least) / Bins, error = 0;
        for (int bin = 0; bin < Bins; bin++)
        {
            if (_counts![bin] == 0)
                continue;
            double number = Least + ((bin + 0.5) * width), beyond = Math.Max(low - number, Math.Max(number - high, 0));
            error += _counts[bin] * (beyond > 0 ? beyond * beyond : within);
        }

        return error;
    }
}
