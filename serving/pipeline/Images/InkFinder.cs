namespace MnistAdder.Serving.Images;

internal static class InkFinder
{
    public static bool TryPrepare(ReadOnlySpan<byte> levels, int width, int height, Span<byte> pixels)
    {
        int paper = levels[0];
        byte[] ink = new byte[levels.Length];
        for (int i = 0; i < levels.Length; i++)
            ink[i] = (byte)Math.Abs(levels[i] - paper);
        return MnistGeometry.Fit(ink, width, height, pixels, 40);
    }
}
