namespace MnistAdder.Training.Data.Synthetic;

/// <summary>A picture of many digits at once: a row for each digit, from 0 at the top to 9.</summary>
internal static class ContactSheet
{
    /// <summary>Writes the first images of each digit as one PNG, which appears under its name only when it is whole.</summary>
    /// <param name="path">The PNG file's path; its folder is made where it is missing.</param>
    /// <param name="digits">The digits to show; where a class has too few, its row ends in black.</param>
    /// <param name="columns">Images of each digit, at least 1.</param>
    /// <param name="magnification">Pixels of the picture along each side of a pixel, at least 1.</param>
    /// <exception cref="UnwritableFileException">The file can't be written.</exception>
    public static void Write(string path, DigitSet digits, int columns = 20, int magnification = 2)
    {
        ArgumentNullException.ThrowIfNull(digits);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(magnification, 1);

        int cell = MnistGeometry.Side * magnification;
        int width = columns * cell;
        byte[] sheet = new byte[ModelContract.DigitClasses * cell * width];
        int[] placed = new int[ModelContract.DigitClasses];
        for (int i = 0; i < digits.Count; i++)
        {
            int digit = digits.Labels[i];
            int column = placed[digit]++;
            if (column < columns)
                Place(digits.Image(i), sheet.AsSpan((digit * cell * width) + (column * cell)), width, magnification);
        }

        AtomicFile.RemoveAbandoned(path);
        GreyPng.Write(path, sheet, width);
    }

    private static void Place(ReadOnlySpan<byte> image, Span<byte> corner, int stride, int magnification)
    {
        int cell = MnistGeometry.Side * magnification;
        for (int y = 0; y < cell; y++)
        {
            for (int x = 0; x < cell; x++)
                corner[(y * stride) + x] = image[(y / magnification * MnistGeometry.Side) + (x / magnification)];
        }
    }
}
