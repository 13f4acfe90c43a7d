using System.Numerics;

namespace MnistAdder.Training.Data.Synthetic;

/// <summary>One stroke of the pen, as the points that its curve runs through.</summary>
/// <param name="Points">At least two points.</param>
/// <param name="Corners">For each point, whether the curve changes its direction there at once.</param>
internal sealed record Stroke(Vector2[] Points, bool[] Corners)
{
    private const int StepsPerPiece = 6;

    /// <summary>
    /// The stroke as a line of short pieces: a centripetal Catmull–Rom spline through the points, broken at the corners.
    /// </summary>
    /// <remarks>
    /// Source: C. Yuksel, S. Schaefer, J. Keyser, "Parameterization and applications of Catmull–Rom curves", 2011. The
    /// centripetal one makes neither cusps nor loops of its own between two points.
    /// </remarks>
    /// <returns>The line's points, the first and the last of the stroke among them.</returns>
    public Vector2[] Trace()
    {
        var line = new List<Vector2>((Points.Length * StepsPerPiece) + 1) { Points[0] };
        for (int i = 0; i + 1 < Points.Length; i++)
        {
            Vector2 from = Points[i], to = Points[i + 1];
            Vector2 before = i == 0 || Corners[i] ? from + (from - to) : Points[i - 1];
            Vector2 after = i + 2 == Points.Length || Corners[i + 1] ? to + (to - from) : Points[i + 2];
            AddPiece(line, before, from, to, after);
        }

        return [.. line];
    }

    private static void AddPiece(List<Vector2> line, Vector2 before, Vector2 from, Vector2 to, Vector2 after)
    {
        float d0 = Knot(before, from), d1 = Knot(from, to), d2 = Knot(to, after);
        Vector2 leave = (to - from) + (d1 * (((from - before) / d0) - ((to - before) / (d0 + d1))));
        Vector2 arrive = (to - from) + (d1 * (((after - to) / d2) - ((after - from) / (d1 + d2))));
        for (int step = 1; step <= StepsPerPiece; step++)
        {
            float t = (float)step / StepsPerPiece;
            float t2 = t * t, t3 = t2 * t;
            line.Add((((2 * t3) - (3 * t2) + 1) * from) + ((t3 - (2 * t2) + t) * leave)
                + (((3 * t2) - (2 * t3)) * to) + ((t3 - t2) * arrive));
        }
    }

    // Two points that coincide would divide by zero.
    private static float Knot(Vector2 a, Vector2 b) => MathF.Max(MathF.Sqrt(Vector2.Distance(a, b)), 1e-3f);
}
