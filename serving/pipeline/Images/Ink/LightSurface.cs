namespace MnistAdder.Serving.Images.Ink;

/// <summary>A surface of light over an image: a quadratic polynomial of the place.</summary>
internal sealed class LightSurface : ILight
{
    private const int Terms = 6;
    private const int LinearTerms = 3;

    // Of 1, u, v, u², uv and v², where u and v run from −1 to 1 across and down the image.
    private readonly double[] _weights;
    private readonly double _perX;
    private readonly double _perY;

    private LightSurface(double[] weights, int width, int height)
    {
        _weights = weights;
        _perX = 2.0 / Math.Max(1, width - 1);
        _perY = 2.0 / Math.Max(1, height - 1);
    }

    /// <summary>The same light everywhere.</summary>
    public static LightSurface Flat(double shade) => new([shade, 0, 0, 0, 0, 0], 1, 1);

    /// <inheritdoc/>
    public double At(int x, int y)
    {
        double u = (x * _perX) - 1, v = (y * _perY) - 1;
        return _weights[0] + (_weights[1] * u) + (_weights[2] * v) + (_weights[3] * u * u) + (_weights[4] * u * v) + (_weights[5] * v * v);
    }

    /// <summary>Fits a surface by least squares.</summary>
    /// <param name="samples">The pixels to fit.</param>
    /// <param name="linear">Whether it shall be a plane.</param>
    /// <param name="width">Width of the image in pixels.</param>
    /// <param name="height">Height of the image in pixels.</param>
    /// <param name="surface">The surface.</param>
    /// <returns>Whether the pixels determine one; those of a single row or a few pixels don't.</returns>
    public static bool TryFit(List<Paper.Sample> samples, bool linear, int width, int height, out LightSurface surface)
    {
        int terms = linear ? LinearTerms : Terms;
        double[] weights = new double[Terms];
        surface = new LightSurface(weights, width, height);
        double[,] normal = new double[terms, terms + 1];
        double[] powers = new double[Terms];
        foreach (Paper.Sample sample in samples)
        {
            double u = (sample.X * surface._perX) - 1, v = (sample.Y * surface._perY) - 1;
            (powers[0], powers[1], powers[2], powers[3], powers[4], powers[5]) = (1, u, v, u * u, u * v, v * v);
            for (int i = 0; i < terms; i++)
            {
                for (int j = 0; j < terms; j++)
                    normal[i, j] += powers[i] * powers[j];
                normal[i, terms] += powers[i] * sample.Level;
            }
        }

        return TrySolve(normal, samples.Count, weights);
    }

    // Gauss's elimination; a normal matrix has its pivots on the diagonal.
    private static bool TrySolve(double[,] system, int samples, double[] solution)
    {
        int terms = system.GetLength(0);
        for (int pivot = 0; pivot < terms; pivot++)
        {
            if (system[pivot, pivot] <= 1e-6 * samples)
                return false;
            for (int row = 0; row < terms; row++)
            {
                if (row == pivot)
                    continue;
                double factor = system[row, pivot] / system[pivot, pivot];
                for (int column = pivot; column <= terms; column++)
                    system[row, column] -= factor * system[pivot, column];
            }
        }

        for (int i = 0; i < terms; i++)
            solution[i] = system[i, terms] / system[i, i];
        return samples > 0;
    }
}
