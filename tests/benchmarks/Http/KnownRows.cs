namespace MnistAdder.Benchmarks.Http;

/// <summary>Pictures of a digit-sum model with numbers, whose answers are known: each was run alone beforehand.</summary>
internal sealed class KnownRows
{
    /// <summary>Most rows of a request.</summary>
    public const int Most = 100;

    private const int Count = 256;

    private readonly byte[][] _pictures = new byte[Count][];
    private readonly long[] _numbers = new long[Count];
    private readonly BinaryTensor[][] _answers = new BinaryTensor[Count][];

    /// <summary>Draws the pictures, the same each time, and runs them.</summary>
    /// <param name="file">The model.</param>
    public KnownRows(string file)
    {
        using var model = new RuntimeRow(file);
        var random = new Random(1);
        for (int i = 0; i < Count; i++)
        {
            _pictures[i] = Draw(random);
            _numbers[i] = i % ModelContract.DigitClasses;
            _answers[i] = model.Run((byte[])[.. _pictures[i], .. BitConverter.GetBytes(_numbers[i])]);
        }
    }

    /// <summary>A choice of rows; some may come several times.</summary>
    public static int[] Choose(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(Count))];

    /// <summary>A request of rows.</summary>
    public BinaryRequest Request(int[] rows) => new(
        HttpModel.Ours,
        BinaryTensor.Of(ModelContract.Image, [.. rows.SelectMany(row => _pictures[row])], rows.Length, 1, MnistGeometry.Side, MnistGeometry.Side),
        BinaryTensor.Of(ModelContract.Number, [.. rows.Select(row => _numbers[row])], rows.Length, 1));

    /// <summary>Whether an answer is the one to a request of rows.</summary>
    public bool IsRight(int[] rows, BinaryTensor[] answer)
    {
        if (answer.Length != _answers[0].Length)
            return false;
        for (int output = 0; output < answer.Length; output++)
        {
            BinaryTensor given = answer[output], first = _answers[0][output];
            if (given.Name != first.Name || given.Shape[0] != rows.Length || given.Data.Length != rows.Length * first.Data.Length)
                return false;
            for (int i = 0; i < rows.Length; i++)
            {
                if (!_answers[rows[i]][output].IsNear(given.Data.Span.Slice(i * first.Data.Length, first.Data.Length)))
                    return false;
            }
        }

        return true;
    }

    // A patch of noise somewhere: no two have the same probabilities, so that a row in the wrong place is seen.
    private static byte[] Draw(Random random)
    {
        byte[] picture = new byte[MnistGeometry.PixelCount];
        int top = random.Next(MnistGeometry.Side / 2), left = random.Next(MnistGeometry.Side / 2);
        int height = random.Next(4, MnistGeometry.Side / 2), width = random.Next(4, MnistGeometry.Side / 2);
        for (int y = top; y < top + height; y++)
            random.NextBytes(picture.AsSpan((y * MnistGeometry.Side) + left, width));
        return picture;
    }
}
