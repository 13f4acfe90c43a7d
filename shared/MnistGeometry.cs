namespace MnistAdder;

/// <summary>
/// MNIST's image geometry: the digit is scaled into a 20×20 box with its aspect ratio kept, and placed in a 28×28 field with its
/// centre of mass on the pixel right below the middle.
/// </summary>
/// <remarks>
/// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section on the file contents. Of the two
/// pixels on either side of the middle of 28, MNIST's centre of mass is the second: over the training images, it lies at 14.5 from
/// the left and upper edges, half a pixel beyond the field's middle.
/// </remarks>
internal static class MnistGeometry
{
    /// <summary>Width and height of an image in pixels.</summary>
    public const int Side = 28;

    /// <summary>Width and height in pixels of the box that the digit's ink fits in.</summary>
    public const int Box = 20;

    /// <summary>Where the centre of mass lies, in pixels from the left edge and from the upper one.</summary>
    public const double CentreOfMass = (Side + 1) / 2.0;

    /// <summary>Pixels of one image.</summary>
    public const int PixelCount = Side * Side;

    /// <summary>Brings ink of any size to MNIST's geometry.</summary>
    /// <param name="ink">Grey levels of the image in row order, 0 = background, 255 = full ink.</param>
    /// <param name="width">Width of the image in pixels, at least 1.</param>
    /// <param name="height">Height of the image in pixels, at least 1.</param>
    /// <param name="image">Receives 28×28 grey levels in row order.</param>
    /// <param name="threshold">A pixel above this level counts as ink when the digit's bounding box is looked for, 0…254.</param>
    /// <returns>Whether any ink was found; if not, <paramref name="image"/> is all background.</returns>
    /// <exception cref="ArgumentException">The spans' lengths don't fit the sizes.</exception>
    public static bool Fit(ReadOnlySpan<byte> ink, int width, int height, Span<byte> image, byte threshold = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (ink.Length != width * height)
            throw new ArgumentException($"{ink.Length} grey levels are not {width}×{height}.", nameof(ink));
        if (image.Length != PixelCount)
            throw new ArgumentException($"{image.Length} grey levels are not {Side}×{Side}.", nameof(image));

        image.Clear();
        if (!TryFindInk(ink, width, height, threshold, out InkBox box))
            return false;

        double scale = (double)Box / Math.Max(box.Width, box.Height);
        int columns = Math.Clamp((int)Math.Round(box.Width * scale), 1, Box);
        int rows = Math.Clamp((int)Math.Round(box.Height * scale), 1, Box);
        Span<float> digit = stackalloc float[Box * Box];
        digit = digit[..(rows * columns)];
        Resample(ink, width, box, digit, rows, columns);

        PlaceByMass(digit, rows, columns, image);
        return true;
    }

    private static bool TryFindInk(ReadOnlySpan<byte> ink, int width, int height, byte threshold, out InkBox box)
    {
        int left = width, right = -1, top = -1, bottom = -1;
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = ink.Slice(y * width, width);
            int first = row.IndexOfAnyExceptInRange((byte)0, threshold);
            if (first < 0)
                continue;
            left = Math.Min(left, first);
            right = Math.Max(right, row.LastIndexOfAnyExceptInRange((byte)0, threshold));
            if (top < 0)
                top = y;
            bottom = y;
        }

        box = new InkBox(left, top, right - left + 1, bottom - top + 1);
        return top >= 0;
    }

    private static void Resample(ReadOnlySpan<byte> ink, int stride, InkBox box, Span<float> digit, int rows, int columns)
    {
        float[] squeezed = new float[box.Height * columns]; // [box.Height, columns]
        FilterTap[][] horizontal = Taps(box.Width, columns);
        for (int y = 0; y < box.Height; y++)
        {
            ReadOnlySpan<byte> row = ink.Slice(((box.Top + y) * stride) + box.Left, box.Width);
            for (int x = 0; x < columns; x++)
            {
                float level = 0;
                foreach (FilterTap tap in horizontal[x])
                    level += tap.Weight * row[tap.Source];
                squeezed[(y * columns) + x] = level;
            }
        }

        FilterTap[][] vertical = Taps(box.Height, rows);
        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < columns; x++)
            {
                float level = 0;
                foreach (FilterTap tap in vertical[y])
                    level += tap.Weight * squeezed[(tap.Source * columns) + x];
                digit[(y * columns) + x] = level;
            }
        }
    }

    // Each pixel is the mean of what it covers where the image shrinks, and lies between its neighbours where it grows.
    private static FilterTap[][] Taps(int sourceSize, int targetSize)
    {
        double step = (double)sourceSize / targetSize;
        double support = step >= 1 ? (step + 1) / 2 : 1;
        var taps = new FilterTap[targetSize][];
        for (int target = 0; target < targetSize; target++)
        {
            double centre = ((target + 0.5) * step) - 0.5;
            int first = Math.Max(0, (int)Math.Ceiling(centre - support));
            int last = Math.Min(sourceSize - 1, (int)Math.Floor(centre + support));
            taps[target] = new FilterTap[last - first + 1];
            for (int source = first; source <= last; source++)
                taps[target][source - first] = new FilterTap(source, (float)Math.Clamp(support - Math.Abs(source - centre), 0, 1));
            float total = taps[target].Sum(tap => tap.Weight);
            for (int i = 0; i < taps[target].Length; i++)
                taps[target][i] = taps[target][i] with { Weight = taps[target][i].Weight / total };
        }

        return taps;
    }

    private static void PlaceByMass(ReadOnlySpan<float> digit, int rows, int columns, Span<byte> image)
    {
        double mass = 0, massX = 0, massY = 0;
        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < columns; x++)
            {
                double level = digit[(y * columns) + x];
                mass += level;
                massX += level * (x + 0.5);
                massY += level * (y + 0.5);
            }
        }

        // Whole pixels, as in MNIST: a fraction would blur the digit. The box stays inside the field whatever its mass.
        int left = Offset(massX / mass, columns);
        int top = Offset(massY / mass, rows);
        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < columns; x++)
                image[((top + y) * Side) + left + x] = (byte)Math.Clamp(digit[(y * columns) + x] + 0.5f, 0, 255);
        }

        static int Offset(double centre, int size) => Math.Clamp((int)Math.Round(CentreOfMass - centre), 0, Side - size);
    }

    private readonly record struct InkBox(int Left, int Top, int Width, int Height);

    private readonly record struct FilterTap(int Source, float Weight);
}
