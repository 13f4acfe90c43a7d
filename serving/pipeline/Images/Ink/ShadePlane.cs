namespace MnistAdder.Serving.Images.Ink;

/// <summary>Light by the shades of squares, and between their middles what lies between those.</summary>
/// <param name="shades">The squares' shades, copied.</param>
/// <param name="factor">The squares' side in pixels.</param>
internal sealed class ShadePlane(GreyPlane shades, int factor) : ILight
{
    private readonly byte[] _shades = shades.Levels.ToArray();
    private readonly int _width = shades.Width;
    private readonly int _height = shades.Height;

    /// <inheritdoc/>
    public double At(int x, int y)
    {
        double column = Math.Clamp(((x + 0.5) / factor) - 0.5, 0, _width - 1);
        double row = Math.Clamp(((y + 0.5) / factor) - 0.5, 0, _height - 1);
        int left = (int)column, top = (int)row;
        int right = Math.Min(left + 1, _width - 1), bottom = Math.Min(top + 1, _height - 1);
        ReadOnlySpan<byte> above = _shades.AsSpan(top * _width, _width), below = _shades.AsSpan(bottom * _width, _width);
        double upper = above[left] + ((column - left) * (above[right] - above[left]));
        double lower = below[left] + ((column - left) * (below[right] - below[left]));
        return upper + ((row - top) * (lower - upper));
    }
}
