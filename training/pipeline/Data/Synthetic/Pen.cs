using System.Numerics;

namespace MnistAdder.Training.Data.Synthetic;

/// <summary>A pen: how broad it is, how it is pressed along a stroke, and where its ink fails or gathers.</summary>
internal sealed class Pen
{
    private const int GapPieces = 3;

    private readonly DrawingRandom _random;
    private readonly float _nibAngle;
    private readonly float _nibFlatness;
    private readonly float _pressureSwing;

    /// <summary>Chooses a pen.</summary>
    /// <param name="random">Chooses, here and while it draws.</param>
    /// <param name="height">Height of the digit it writes, relative to others of the same hand.</param>
    public Pen(DrawingRandom random, float height)
    {
        _random = random;
        Radius = Math.Clamp(3.4f / height * MathF.Exp(random.Normal(0, 0.3)), 1.6f, 8f);
        _nibAngle = random.Between(0, Math.PI);
        _nibFlatness = MathF.Abs(random.Normal(0, 0.12, -0.3, 0.3));
        _pressureSwing = random.Between(0, 0.22);
    }

    /// <summary>Half of the mean width of a stroke, in pixels of the canvas.</summary>
    public float Radius { get; }

    /// <summary>Draws one stroke.</summary>
    /// <param name="canvas">Receives the ink.</param>
    /// <param name="line">The pen's way in pixels of the canvas, at least two points.</param>
    public void Draw(InkCanvas canvas, ReadOnlySpan<Vector2> line)
    {
        float phase = _random.Between(0, 2 * Math.PI);
        float swings = _random.Between(0.5, 2.5) * 2 * MathF.PI;
        int gap = _random.Chance(0.02) ? _random.Below(line.Length) : -1;
        int blob = _random.Chance(0.03) ? _random.Below(line.Length) : -1;

        float before = WidthAt(line, 0, phase, swings, blob);
        for (int i = 1; i < line.Length; i++)
        {
            float here = WidthAt(line, i, phase, swings, blob);
            bool isDry = gap >= 0 && i >= gap && i < gap + GapPieces;
            if (!isDry)
                canvas.Draw(line[i - 1], before, line[i], here);
            before = here;
        }
    }

    private float WidthAt(ReadOnlySpan<Vector2> line, int i, float phase, float swings, int blob)
    {
        Vector2 direction = line[Math.Min(i + 1, line.Length - 1)] - line[Math.Max(i - 1, 0)];
        float nib = MathF.Cos(2 * (MathF.Atan2(direction.Y, direction.X) - _nibAngle));
        float pressure = MathF.Sin(phase + (swings * i / line.Length));
        float radius = Radius * (1 + (_nibFlatness * nib) + (_pressureSwing * pressure));
        return i == blob ? radius * 1.5f : radius;
    }
}
