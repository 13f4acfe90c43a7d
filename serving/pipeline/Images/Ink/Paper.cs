namespace MnistAdder.Serving.Images.Ink;

/// <summary>The shade of an image without its ink, and how far it scatters.</summary>
/// <remarks>
/// Paper is what most of the image's border shows. Where the border is of one shade, so is the paper; otherwise the image is a
/// photo, and its light a quadratic surface, fitted to the border first and then to all that lies near it.
/// </remarks>
internal readonly struct Paper
{
    // A scatter of so many grey levels is still "one shade": what JPEG leaves of a plain border.
    private const double PlainScatter = 2;
    private const int SamplesPerSide = 64;
    private const int Rounds = 6;

    private readonly LightSurface _light;

    private Paper(LightSurface light, double scatter)
    {
        _light = light;
        Scatter = scatter;
    }

    /// <summary>Standard deviation of the paper's noise in grey levels, as far as its middle half tells.</summary>
    public double Scatter { get; }

    /// <summary>The paper's shades along a row.</summary>
    /// <param name="y">The row.</param>
    /// <param name="shades">Receives a shade for each pixel of the row.</param>
    public void ShadesOfRow(int y, Span<float> shades) => _light.Row(y, shades);

    /// <summary>Finds the paper of an image.</summary>
    public static Paper Of(in GreyPlane image)
    {
        List<Sample> border = Border(image);
        double[] levels = [.. border.Select(sample => (double)sample.Level)];
        double shade = Median(levels);
        double scatter = ScatterOf(levels.Select(level => level - shade));
        if (scatter <= PlainScatter)
            return new Paper(LightSurface.Flat(shade), scatter);

        LightSurface light = Fit(border, LightSurface.Flat(shade), linear: true, image);
        List<Sample> grid = Grid(image);
        light = Fit(grid, light, linear: false, image);
        return new Paper(light, ScatterOf(Residuals(grid, light)));
    }

    // Least squares, again and again, over what the fit before left near the surface.
    private static LightSurface Fit(List<Sample> samples, LightSurface light, bool linear, in GreyPlane image)
    {
        for (int round = 0; round < Rounds; round++)
        {
            double tolerance = Math.Max(PlainScatter, ScatterOf(Residuals(samples, light))) * 2.5;
            LightSurface before = light;
            List<Sample> near = samples.FindAll(sample => Math.Abs(sample.Level - before.At(sample.X, sample.Y)) <= tolerance);
            if (!LightSurface.TryFit(near, linear, image.Width, image.Height, out light))
                return before;
        }

        return light;
    }

    private static IEnumerable<double> Residuals(List<Sample> samples, LightSurface light) =>
        samples.Select(sample => sample.Level - light.At(sample.X, sample.Y));

    private static List<Sample> Border(in GreyPlane image)
    {
        var border = new List<Sample>();
        for (int x = 0; x < image.Width; x++)
        {
            border.Add(new Sample(x, 0, image.Row(0)[x]));
            border.Add(new Sample(x, image.Height - 1, image.Row(image.Height - 1)[x]));
        }

        for (int y = 1; y < image.Height - 1; y++)
        {
            border.Add(new Sample(0, y, image.Row(y)[0]));
            border.Add(new Sample(image.Width - 1, y, image.Row(y)[^1]));
        }

        return border;
    }

    private static List<Sample> Grid(in GreyPlane image)
    {
        int stepX = Math.Max(1, image.Width / SamplesPerSide);
        int stepY = Math.Max(1, image.Height / SamplesPerSide);
        var grid = new List<Sample>();
        for (int y = stepY / 2; y < image.Height; y += stepY)
        {
            for (int x = stepX / 2; x < image.Width; x += stepX)
                grid.Add(new Sample(x, y, image.Row(y)[x]));
        }

        return grid;
    }

    // The median of the distances, as the standard deviation that a normal distribution would need for it.
    private static double ScatterOf(IEnumerable<double> residuals) => 1.4826 * Median([.. residuals.Select(Math.Abs)]);

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    /// <summary>One pixel of the image.</summary>
    internal readonly record struct Sample(int X, int Y, byte Level);
}
