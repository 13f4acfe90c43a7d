using System.Numerics;

namespace MnistAdder.Training.Data.Synthetic;

/// <summary>The hand that writes one digit: how carefully, how slanted, how broad.</summary>
internal sealed class Hand
{
    private static readonly Vector2 Middle = new(50, 50);

    private readonly DrawingRandom _random;
    private readonly float _carelessness;
    private readonly bool _roundsCorners;
    private readonly Matrix3x2 _posture;
    private readonly float _taper;
    private readonly float _sag;
    private readonly ElasticDistortion _elastic;

    /// <summary>Chooses a hand.</summary>
    /// <param name="random">Chooses, here and while it writes.</param>
    public Hand(DrawingRandom random)
    {
        _random = random;
        _carelessness = MathF.Exp(random.Normal(0, 0.4));
        _roundsCorners = random.Chance(0.3);
        float breadth = MathF.Exp(random.Normal(0, 0.16));
        float slant = random.Normal(0.14, 0.24, -0.5, 0.85);
        float turn = random.Normal(0, 0.09, -0.3, 0.3);
        _posture = Matrix3x2.CreateScale(breadth, 1, Middle)
            * (Matrix3x2.CreateTranslation(-Middle) * new Matrix3x2(1, 0, -slant, 1, 0, 0) * Matrix3x2.CreateTranslation(Middle))
            * Matrix3x2.CreateRotation(turn, Middle);
        _taper = random.Normal(0, 0.12, -0.3, 0.3);
        _sag = random.Normal(0, 0.12, -0.3, 0.3);
        _elastic = new ElasticDistortion(random, 3.2f * _carelessness);
    }

    /// <summary>Writes a style's strokes in this hand.</summary>
    /// <param name="strokes">The strokes as they are meant; changed by the call.</param>
    /// <returns>A line of short pieces for each stroke, in the style's units.</returns>
    public Vector2[][] Write(Stroke[] strokes)
    {
        var lines = new Vector2[strokes.Length][];
        for (int i = 0; i < strokes.Length; i++)
        {
            Waver(strokes[i]);
            lines[i] = strokes[i].Trace();
            for (int j = 0; j < lines[i].Length; j++)
                lines[i][j] = Vector2.Transform(_elastic.Apply(Unbalance(lines[i][j])), _posture);
        }

        return lines;
    }

    private void Waver(Stroke stroke)
    {
        Vector2[] points = stroke.Points;
        var shift = new Vector2(_random.Normal(0, 1.6 * _carelessness), _random.Normal(0, 1.6 * _carelessness));
        for (int i = 0; i < points.Length; i++)
            points[i] += shift + new Vector2(_random.Normal(0, 1.7 * _carelessness), _random.Normal(0, 1.7 * _carelessness));
        if (_roundsCorners)
            Array.Clear(stroke.Corners);

        // Strokes begin and end early or late.
        points[0] += (points[0] - points[1]) * _random.Normal(0, 0.16 * _carelessness, -0.6, 0.6);
        points[^1] += (points[^1] - points[^2]) * _random.Normal(0, 0.16 * _carelessness, -0.6, 0.6);
    }

    // The upper half narrower or wider than the lower one, and higher or lower.
    private Vector2 Unbalance(Vector2 point)
    {
        float height = Math.Clamp((point.Y - 50) / 50, -1.2f, 1.2f);
        return new Vector2(
            50 + ((point.X - 50) * (1 + (_taper * height))),
            point.Y + (50 * _sag * (1 - (height * height))));
    }
}
