using System.Numerics;

namespace MnistAdder.Training.Data.Synthetic;

/// <summary>A smooth random displacement of the plane, as if the paper were stretched a little here and there.</summary>
internal sealed class ElasticDistortion
{
    private const int Waves = 4;

    private readonly Wave[] _waves = new Wave[Waves];

    /// <summary>Makes a displacement.</summary>
    /// <param name="random">Chooses its waves.</param>
    /// <param name="strength">Standard deviation of the displacement along each axis, in percent of the digit's height.</param>
    public ElasticDistortion(DrawingRandom random, float strength)
    {
        // The mean square of a sine is 1/2.
        float amplitude = strength * MathF.Sqrt(2f / Waves);
        for (int i = 0; i < _waves.Length; i++)
        {
            float direction = random.Between(0, 2 * Math.PI);
            float period = random.Between(70, 190);
            _waves[i] = new Wave(
                new Vector2(MathF.Cos(direction), MathF.Sin(direction)) * (2 * MathF.PI / period),
                random.Between(0, 2 * Math.PI),
                new Vector2(random.Normal(0, amplitude), random.Normal(0, amplitude)));
        }
    }

    /// <summary>Where a point moves to.</summary>
    public Vector2 Apply(Vector2 point)
    {
        Vector2 moved = point;
        foreach (Wave wave in _waves)
            moved += wave.Amplitude * MathF.Sin(Vector2.Dot(wave.Frequency, point) + wave.Phase);
        return moved;
    }

    private readonly record struct Wave(Vector2 Frequency, float Phase, Vector2 Amplitude);
}
