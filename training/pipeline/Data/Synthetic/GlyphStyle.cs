using System.Globalization;
using System.Numerics;

namespace MnistAdder.Training.Data.Synthetic;

/// <summary>
/// One way of writing a digit: its strokes in several poses that have the same points, between which a drawing lies.
/// </summary>
/// <remarks>
/// A pose is a line of text. Points are <c>x,y</c> in percent of the digit's height, x to the right and y downwards, the digit
/// reaching from about 0 to 100; <c>!</c> after a point makes it a corner, and <c>|</c> lifts the pen between two strokes.
/// Poses must agree in their strokes, in the number of points of each, and in the corners.
/// </remarks>
internal sealed class GlyphStyle
{
    private readonly Vector2[][][] _poses; // [pose][stroke][point]
    private readonly bool[][] _corners; // [stroke][point]

    /// <summary>Reads the poses of one style.</summary>
    /// <param name="weight">How often people write the digit this way, relative to its other styles; above 0.</param>
    /// <param name="poses">At least one pose.</param>
    /// <exception cref="ArgumentException">The poses don't agree.</exception>
    /// <exception cref="FormatException">A pose is not written as described.</exception>
    public GlyphStyle(double weight, params string[] poses)
    {
        Weight = weight;
        _poses = [.. poses.Select(pose => Strokes(pose, point => Point(point.TrimEnd('!'))))];
        _corners = Strokes(poses[0], point => point.EndsWith('!'));
        foreach (string pose in poses)
        {
            bool[][] other = Strokes(pose, point => point.EndsWith('!'));
            if (other.Length != _corners.Length || !other.Zip(_corners).All(pair => pair.First.SequenceEqual(pair.Second)))
                throw new ArgumentException($"The pose '{pose}' has other points or corners than '{poses[0]}'.", nameof(poses));
        }
    }

    /// <summary>How often people write the digit this way, relative to its other styles.</summary>
    public double Weight { get; }

    /// <summary>The strokes of one drawing: a random mixture of the poses.</summary>
    /// <param name="random">Chooses the mixture.</param>
    /// <returns>New strokes, which the caller may change.</returns>
    public Stroke[] Mix(DrawingRandom random)
    {
        // Cubed, one pose tends to lead: hands cluster around the poses more than around their mean.
        double[] shares = [.. _poses.Select(_ => Math.Pow(random.Exponential(), 3))];
        double total = shares.Sum();

        var strokes = new Stroke[_corners.Length];
        for (int stroke = 0; stroke < strokes.Length; stroke++)
        {
            var points = new Vector2[_corners[stroke].Length];
            for (int pose = 0; pose < _poses.Length; pose++)
            {
                for (int point = 0; point < points.Length; point++)
                    points[point] += _poses[pose][stroke][point] * (float)(shares[pose] / total);
            }

            strokes[stroke] = new Stroke(points, [.. _corners[stroke]]);
        }

        return strokes;
    }

    private static T[][] Strokes<T>(string pose, Func<string, T> read) =>
    [
        .. pose.Split('|').Select(stroke => stroke.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(read).ToArray()),
    ];

    private static Vector2 Point(string text)
    {
        string[] coordinates = text.Split(',');
        if (coordinates.Length != 2)
            throw new FormatException($"'{text}' is not a point x,y.");
        return new Vector2(
            float.Parse(coordinates[0], CultureInfo.InvariantCulture),
            float.Parse(coordinates[1], CultureInfo.InvariantCulture));
    }
}
