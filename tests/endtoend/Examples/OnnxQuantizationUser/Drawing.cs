using Microsoft.ML.Data;

internal static class Drawing
{
    /// <summary>Ones of 28×28 grey levels, 255 = full ink: strokes from top to bottom at several places, of several lengths and shades.</summary>
    public static IEnumerable<Row> Strokes(int count)
    {
        var random = new Random(1);
        for (int i = 0; i < count; i++)
        {
            byte[] pixels = new byte[28 * 28];
            int left = random.Next(11, 16), top = random.Next(4, 7), bottom = random.Next(21, 25);
            for (int y = top; y < bottom; y++)
                pixels.AsSpan((y * 28) + left, 2).Fill((byte)random.Next(200, 256));
            yield return new Row { Image = pixels, Number = i % 10 };
        }
    }
}

internal sealed class Row
{
    [ColumnName("image"), VectorType(1, 28, 28)]
    public byte[] Image { get; set; } = [];

    [ColumnName("number")]
    public long Number { get; set; }
}
