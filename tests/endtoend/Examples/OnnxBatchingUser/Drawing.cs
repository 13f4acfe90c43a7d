internal static class Drawing
{
    /// <summary>A one of 28×28 grey levels, 255 = full ink: a stroke from top to bottom, twenty levels long.</summary>
    public static byte[] One()
    {
        byte[] pixels = new byte[28 * 28];
        for (int y = 4; y < 24; y++)
            pixels.AsSpan(y * 28 + 13, 2).Fill(255);
        return pixels;
    }
}
