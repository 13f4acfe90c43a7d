using System.Numerics;
using MnistAdder.Training.Base;

namespace MnistAdder.Training.Data.Synthetic;

/// <summary>Handwritten digits drawn by this project, in MNIST's geometry: what a network learns from where MNIST is out of reach.</summary>
/// <remarks>
/// A digit's strokes come from one of the styles in which people write it, are bent by a random hand, drawn with a random pen
/// and brought to MNIST's geometry. Each image depends on the seed and its index alone, so a set is the same on any number of
/// threads.
/// </remarks>
internal static class SyntheticDigits
{
    private const int ProgressStep = 500;

    /// <summary>Draws a set of digits, as many of each class as of any other, in random order.</summary>
    /// <param name="count">Number of images, 0…2,700,000 or so: they are one array.</param>
    /// <param name="seed">The same seed gives the same set; any value.</param>
    /// <param name="threads">Most threads to draw on, at least 1; one for each processor where not given.</param>
    /// <param name="progress">Told the number of images drawn so far, now and then and at the end.</param>
    /// <param name="cancellation">Stops the drawing.</param>
    /// <returns>The images and their labels.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="OperationCanceledException">The drawing was stopped.</exception>
    public static DigitSet Draw(
        int count,
        long seed,
        int? threads = null,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Array.MaxLength / MnistGeometry.PixelCount);
        if (threads is { } most)
            ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(threads));
        byte[] labels = ShuffledLabels(count, seed);
        byte[] images = new byte[count * MnistGeometry.PixelCount];
        int drawn = 0;
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = threads ?? Environment.ProcessorCount,
            CancellationToken = cancellation,
        };
        Parallel.For(0, count, options, () => new InkCanvas(), (i, _, canvas) =>
        {
            Span<byte> image = images.AsSpan(i * MnistGeometry.PixelCount, MnistGeometry.PixelCount);
            DrawDigit(labels[i], new DrawingRandom(new SeededRandom(seed, i)), canvas, image);
            int done = Interlocked.Increment(ref drawn);
            if (done % ProgressStep == 0 || done == count)
                progress?.Report(done);
            return canvas;
        }, _ => { });

        return new DigitSet(images, labels);
    }

    private static byte[] ShuffledLabels(int count, long seed)
    {
        byte[] labels = new byte[count];
        for (int i = 0; i < count; i++)
            labels[i] = (byte)(i % ModelContract.DigitClasses);

        // A sequence of its own: −1 is no image's index.
        new SeededRandom(seed, -1).Shuffle<byte>(labels);
        return labels;
    }

    private static void DrawDigit(int digit, DrawingRandom random, InkCanvas canvas, Span<byte> image)
    {
        Stroke[] strokes = GlyphCatalog.Choose(digit, random).Mix(random);
        Vector2[][] lines = new Hand(random).Write(strokes);
        var pen = new Pen(random, GlyphCatalog.Height(digit));
        FitToCanvas(lines, pen.Radius);

        canvas.Clear();
        foreach (Vector2[] line in lines)
            pen.Draw(canvas, line);
        MnistGeometry.Fit(canvas.Levels, InkCanvas.Side, InkCanvas.Side, image);
        Harden(image, random.Between(1.0, 1.6));
    }

    // MNIST was reduced from black and white scans: its edges are harder than those of ink that was grey before.
    private static void Harden(Span<byte> image, float contrast)
    {
        const float Middle = 118;
        for (int i = 0; i < image.Length; i++)
        {
            if (image[i] > 0)
                image[i] = (byte)Math.Clamp(((image[i] - Middle) * contrast) + Middle, 0, 255);
        }
    }

    // Sized so that, pen and all, the digit fills the box that MnistGeometry.Fit will scale to MNIST's: then the pen's radius
    // means the same on a broad digit and on a tall one.
    private static void FitToCanvas(Vector2[][] lines, float penRadius)
    {
        Vector2 low = new(float.MaxValue), high = new(float.MinValue);
        foreach (Vector2[] line in lines)
        {
            foreach (Vector2 point in line)
            {
                low = Vector2.Min(low, point);
                high = Vector2.Max(high, point);
            }
        }

        Vector2 size = high - low;
        float scale = (InkCanvas.Box - (2 * penRadius)) / Math.Max(size.X, size.Y);
        Vector2 middle = (low + high) / 2;
        foreach (Vector2[] line in lines)
        {
            for (int i = 0; i < line.Length; i++)
                line[i] = ((line[i] - middle) * scale) + new Vector2(InkCanvas.Side / 2f);
        }
    }
}
