namespace MnistAdder.Serving.Images.Ink;

/// <summary>The shade of an image without its ink, and how far it scatters.</summary>
internal readonly struct Paper
{
    // A scatter of so many grey levels is still "one shade": what JPEG leaves of a plain border.
    private const double PlainScatter = 2;
    private const double SpotlessScatter = 1;

    // A difference of fewer grey levels is never ink.
    private const double LeastContrast = 8;
    private const double ScattersToInk = 4;

    // In parts of the image's longer side, of which a reduced copy has so many pixels.
    private const double GreatestStroke = 0.4;
    private const int ShadeSide = 96;

    // In parts of the levels' range: how far from its shade paper may lie.
    private const double NearShare = 0.25;

    // How much speaks against a paper whose shade varies as much as the image does: light may do so in photos, other shades hardly.
    private const double SurfaceDoubt = 0.3;
    private const double ShadeDoubt = 0.5;

    private const int SamplesPerSide = 64;
    private const int Rounds = 6;

    private readonly ILight _light;

    private Paper(ILight light, double scatter, double doubt)
    {
        _light = light;
        Scatter = scatter;
        Doubt = doubt;
    }

    /// <summary>Whether the paper is of one shade.</summary>
    public bool IsPlain => Doubt == 0 && Scatter <= PlainScatter;

    /// <summary>How much speaks against it, 0 to 0.5, since its shade varies over the image.</summary>
    public double Doubt { get; }

    /// <summary>Standard deviation of the paper's noise in grey levels, as far as its middle half tells.</summary>
    public double Scatter { get; }

    /// <summary>Whether its noise is too little for specks.</summary>
    public bool IsSpotless => Scatter <= SpotlessScatter;

    /// <summary>A difference from the paper's shade, in grey levels, that noise hardly reaches.</summary>
    /// <param name="grain">The standard deviation of the image's grain, if more than the paper's noise.</param>
    public double Noise(double grain = 0) => Math.Clamp(ScattersToInk * Math.Max(Scatter, grain), LeastContrast, byte.MaxValue - 1);

    /// <summary>The paper's shades along a row.</summary>
    /// <param name="y">The row.</param>
    /// <param name="shades">Receives a shade for each pixel of the row.</param>
    public void ShadesOfRow(int y, Span<float> shades)
    {
        if (IsPlain)
        {
            shades.Fill((float)_light.At(0, 0));
            return;
        }

        for (int x = 0; x < shades.Length; x++)
            shades[x] = (float)_light.At(x, y);
    }

    /// <summary>Finds the paper that the border shows.</summary>
    /// <remarks>
    /// Assumes that most of the border is paper. Where it is of one shade, so is the paper; otherwise the image is a photo, and its light a
    /// quadratic surface, fitted to the border first and then to all that lies near it.
    /// </remarks>
    public static Paper Of(GreyPlane image)
    {
        List<Sample> border = Border(image);
        double[] levels = [.. border.Select(sample => (double)sample.Level)];
        double shade = Median(levels);
        double scatter = ScatterOf(levels.Select(level => level - shade));
        if (scatter <= PlainScatter)
            return new Paper(LightSurface.Flat(shade), scatter, doubt: 0);

        LightSurface light = Fit(border, LightSurface.Flat(shade), linear: true, image);
        List<Sample> grid = Grid(image);
        light = Fit(grid, light, linear: false, image);
        return new Paper(light, ScatterOf(Residuals(grid, light)), SurfaceDoubt * Variation(light, image));
    }

    /// <summary>Finds the paper behind ink of a polarity, whatever the border shows: what is left where strokes are filled in.</summary>
    /// <param name="image">The image.</param>
    /// <param name="polarity">Whether the ink is darker or lighter.</param>
    /// <remarks>Assumes that strokes are narrower than <see cref="GreatestStroke"/>, and shades of the paper are wider.</remarks>
    public static Paper Behind(GreyPlane image, Polarity polarity)
    {
        int factor = ((image.LongSide - 1) / ShadeSide) + 1;
        using var reduced = GreyPlane.Reduced(image.Levels, image.Width, new PixelBox(0, 0, image.Width, image.Height), factor);
        using var shades = GreyPlane.Reduced(image.Levels, image.Width, new PixelBox(0, 0, image.Width, image.Height), factor);
        int reach = Math.Max(1, (int)(GreatestStroke * shades.LongSide / 2));
        bool darkInk = polarity == Polarity.Dark;
        shades.Spread(reach, lightest: darkInk);
        shades.Spread(reach, lightest: !darkInk);

        List<double> residuals = [];
        double near = NearShare * reduced.Range();
        for (int i = 0; i < shades.Levels.Length; i++)
        {
            int residual = reduced.Levels[i] - shades.Levels[i];
            if (Math.Abs(residual) <= near)
                residuals.Add(residual);
        }

        double doubt = ShadeDoubt * Math.Min(1, shades.Range() / (double)Math.Max(1, reduced.Range()));
        return new Paper(new ShadePlane(shades, factor), ScatterOf(residuals), doubt);
    }

    // Least squares, again and again, over what the fit before left near the surface.
    private static LightSurface Fit(List<Sample> samples, LightSurface light, bool linear, GreyPlane image)
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

    private static List<Sample> Border(GreyPlane image)
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

    private static List<Sample> Grid(GreyPlane image)
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

    private static double Variation(LightSurface light, GreyPlane image)
    {
        double[] shades = [.. from x in Enumerable.Range(0, 9) from y in Enumerable.Range(0, 9) select light.At(x * image.Width / 8, y * image.Height / 8)];
        return Math.Min(1, (shades.Max() - shades.Min()) / Math.Max(1, image.Range()));
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    /// <summary>One pixel of the image.</summary>
    internal readonly record struct Sample(int X, int Y, byte Level);
}
