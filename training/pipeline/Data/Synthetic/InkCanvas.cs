using System.Numerics;

namespace MnistAdder.Training.Data.Synthetic;

/// <summary>A square sheet of grey levels that round pens leave ink on, with anti-aliased edges.</summary>
internal sealed class InkCanvas
{
    /// <summary>Width and height of the box that a digit fills, in pixels: three for each of MNIST's.</summary>
    public const int Box = 3 * MnistGeometry.Box;

    /// <summary>Width and height in pixels: the box and a margin for strokes broader than usual.</summary>
    public const int Side = Box + 12;

    private readonly byte[] _levels = new byte[Side * Side];

    /// <summary>Grey levels in row order, 0 = background, 255 = full ink.</summary>
    public ReadOnlySpan<byte> Levels => _levels;

    /// <summary>Removes all ink.</summary>
    public void Clear() => Array.Clear(_levels);

    /// <summary>Draws a straight piece of a stroke whose width changes evenly from one end to the other.</summary>
    /// <param name="from">The pen's centre at the beginning, in pixels.</param>
    /// <param name="fromRadius">Half of the stroke's width there, in pixels.</param>
    /// <param name="to">The pen's centre at the end.</param>
    /// <param name="toRadius">Half of the stroke's width there.</param>
    public void Draw(Vector2 from, float fromRadius, Vector2 to, float toRadius)
    {
        float reach = MathF.Max(fromRadius, toRadius) + 1;
        int left = Math.Max(0, (int)(MathF.Min(from.X, to.X) - reach));
        int right = Math.Min(Side - 1, (int)(MathF.Max(from.X, to.X) + reach));
        int top = Math.Max(0, (int)(MathF.Min(from.Y, to.Y) - reach));
        int bottom = Math.Min(Side - 1, (int)(MathF.Max(from.Y, to.Y) + reach));

        Vector2 along = to - from;
        float inverseLength = 1 / MathF.Max(along.LengthSquared(), 1e-6f);
        for (int y = top; y <= bottom; y++)
        {
            Span<byte> row = _levels.AsSpan(y * Side, Side);
            for (int x = left; x <= right; x++)
            {
                Vector2 offset = new Vector2(x + 0.5f, y + 0.5f) - from;
                float t = Math.Clamp(Vector2.Dot(offset, along) * inverseLength, 0, 1);
                float radius = fromRadius + (t * (toRadius - fromRadius));
                float coverage = radius + 0.5f - (offset - (t * along)).Length();
                if (coverage > 0)
                    row[x] = Math.Max(row[x], (byte)(MathF.Min(coverage, 1) * 255));
            }
        }
    }
}
