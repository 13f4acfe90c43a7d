using MnistAdder.Fuzzing;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Fuzzing;

/// <summary>Rows of a network's input, each of another kind.</summary>
internal static class RandomRows
{
    private static readonly float[] s_odd =
    [
        float.PositiveInfinity, float.NegativeInfinity, float.NaN, 3e38f, -3e38f, 1e-45f, -1e-40f, 0, -0f, 1e20f, -1e10f,
    ];

    /// <summary>Ordinary numbers, with others among them but for the first row.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="perRow">Numbers of a row.</param>
    /// <param name="mutator">Chooses, the same for both.</param>
    /// <param name="isOfMagnitudes">
    /// Whether it is their magnitudes; 0 of those that no sum survives, for what isn't known to be free of them isn't rewritten, and
    /// they add nothing that rounding may carry away.
    /// </param>
    public static float[] Floats(int rows, int perRow, Mutator mutator, bool isOfMagnitudes)
    {
        float[] numbers = new float[rows * perRow];
        for (int row = 0; row < rows; row++)
        {
            // One other number, some, or nothing else.
            int chances = row == 0 ? int.MaxValue : mutator.OneOf([1, 4, perRow]);
            float other = mutator.OneOf(s_odd);
            for (int i = row * perRow; i < (row + 1) * perRow; i++)
            {
                numbers[i] = (mutator.Below(2001) - 1000) / 500f;
                if (mutator.OneIn(chances))
                    numbers[i] = mutator.OneIn(2) ? other : mutator.OneOf(s_odd);
            }
        }

        return isOfMagnitudes ? Array.ConvertAll(numbers, number => Math.Abs(number) < 1e30f ? Math.Abs(number) : 0) : numbers;
    }

    /// <summary>Any numbers of the type, the greatest alone, the least, 0, one number, and mostly 0.</summary>
    public static long[] Integers(ElementType type, int rows, int perRow, Mutator mutator)
    {
        (long least, long greatest) = type switch
        {
            ElementType.Uint8 => (0, 255),
            ElementType.Int8 => (-128, 127),
            ElementType.Bool => (0, 1),
            _ => (long.MinValue, long.MaxValue),
        };
        long Any() => type == ElementType.Int64 ? (mutator.OneIn(2) ? mutator.AwkwardNumber() : mutator.Below(1000)) : least + mutator.Below((int)(greatest - least) + 1);
        long[] numbers = new long[rows * perRow];
        for (int row = 0; row < rows; row++)
        {
            long one = Any();
            for (int i = row * perRow; i < (row + 1) * perRow; i++)
            {
                numbers[i] = row switch
                {
                    0 => Any(),
                    1 => greatest,
                    2 => least,
                    3 => 0,
                    4 => one,
                    _ => mutator.OneIn(8) ? Any() : 0,
                };
            }
        }

        return numbers;
    }
}
