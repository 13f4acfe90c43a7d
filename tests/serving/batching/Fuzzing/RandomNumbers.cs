using MnistAdder.Fuzzing;

namespace MnistAdder.OnnxBatching.Tests.Fuzzing;

/// <summary>A network's constants: as training leaves them, and now and then some of any size.</summary>
internal sealed class RandomNumbers(Mutator mutator)
{
    private static readonly float[] s_odd =
    [
        0, -0f, 1e-45f, -1e-40f, 1.2e-38f, 1e-30f, 1e-21f, -1e-19f, 1e-12f, -1e-9f, 1e-6f, 1e6f, -1e9f, 1e11f, 1e19f, -1e21f, 1e26f, 1e29f, -2e30f, 1e35f, 3e38f,
    ];

    private static readonly float[] s_scalars = [255, 0.1307f, 0.3081f, 1f / 255, 127.5f, 0.5f, -1, 2, 100];

    // Once values were rounded, whether a sum is 0 or 1e-9 is chance, and so is what times infinity it is.
    private bool _isFirst = true;

    /// <summary>A number to scale or shift an input by.</summary>
    public float Scalar() => mutator.OneOf(s_scalars);

    /// <summary>A finite number of any size.</summary>
    public float Odd() => mutator.OneOf(s_odd);

    /// <summary>A number of any size, or none.</summary>
    public float AnyOdd() => mutator.OneIn(3) ? mutator.OneOf([float.NaN, float.PositiveInfinity, float.NegativeInfinity]) : Odd();

    /// <summary>Weights of a layer, under which values keep their size.</summary>
    public float[] Weights(int outputs, int inputs)
    {
        float[] weights = Around(0, 2 / MathF.Sqrt(inputs), outputs * inputs);
        if (mutator.OneIn(15))
        {
            float factor = mutator.OneIn(4) ? 0 : Odd();
            return Array.ConvertAll(weights, weight => weight * factor);
        }

        if (_isFirst && mutator.OneIn(40))
            weights[mutator.Below(weights.Length)] = AnyOdd();
        _isFirst = false;
        return mutator.OneIn(15) ? Odd(weights) : weights;
    }

    /// <summary>Biases, scales, shifts or means.</summary>
    public float[] Offsets(int count) => SometimesOdd(Around(mutator.OneIn(2) ? 0 : 1, 0.5f, count));

    /// <summary>Variances.</summary>
    public float[] Variances(int count)
    {
        float[] variances = SometimesOdd(Around(1, 0.8f, count));
        if (mutator.OneIn(60))
            variances[0] = -variances[0];
        return variances;
    }

    private float[] SometimesOdd(float[] numbers) => mutator.OneIn(20) ? Odd(numbers) : numbers;

    private float[] Odd(float[] numbers)
    {
        for (int changes = 1 + mutator.Below(3); changes > 0; changes--)
            numbers[mutator.Below(numbers.Length)] = Odd();
        return numbers;
    }

    private float[] Around(float middle, float reach, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => middle + (reach * ((mutator.Below(1 << 20) / (float)(1 << 19)) - 1)))];
}
