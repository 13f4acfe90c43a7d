using System.Buffers;
using System.Numerics.Tensors;

namespace MnistAdder.Serving.Images.Ink;

/// <summary>A rectangle of levels, 0…255, in pooled memory.</summary>
internal sealed class GreyPlane : IDisposable
{
    private readonly byte[] _rented;

    /// <summary>Makes a plane of zeros.</summary>
    public GreyPlane(int width, int height)
    {
        Width = width;
        Height = height;
        _rented = ArrayPool<byte>.Shared.Rent(width * height);
        Levels.Clear();
    }

    public int Width { get; }

    public int Height { get; }

    public int LongSide => Math.Max(Width, Height);

    public int ShortSide => Math.Min(Width, Height);

    public Span<byte> Levels => _rented.AsSpan(0, Width * Height);

    public Span<byte> Row(int y) => Levels.Slice(y * Width, Width);

    public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);

    /// <summary>How far the levels go, but for a twentieth of them at either end.</summary>
    public int Range()
    {
        Span<int> histogram = stackalloc int[256];
        histogram.Clear();
        foreach (byte level in Levels)
            histogram[level]++;
        int rest = Levels.Length / 20, low = 0, high = byte.MaxValue;
        for (int seen = histogram[low]; seen <= rest && low < byte.MaxValue; seen += histogram[low])
            low++;
        for (int seen = histogram[high]; seen <= rest && high > low; seen += histogram[high])
            high--;
        return high - low;
    }

    /// <summary>Gives each level the greatest or the least within a square around it.</summary>
    /// <param name="reach">Half the square's side, in pixels.</param>
    /// <param name="lightest">Whether it is the greatest.</param>
    public void Spread(int reach, bool lightest)
    {
        using var before = new GreyPlane(Width, Height);
        Levels.CopyTo(before.Levels);
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                ReadOnlySpan<byte> around = before.Row(y)[Math.Max(0, x - reach)..Math.Min(Width, x + reach + 1)];
                Row(y)[x] = lightest ? TensorPrimitives.Max(around) : TensorPrimitives.Min(around);
            }
        }

        Levels.CopyTo(before.Levels);
        for (int y = 0; y < Height; y++)
        {
            Span<byte> row = Row(y);
            for (int other = Math.Max(0, y - reach); other <= Math.Min(Height - 1, y + reach); other++)
            {
                if (lightest)
                    TensorPrimitives.Max(row, before.Row(other), row);
                else
                    TensorPrimitives.Min(row, before.Row(other), row);
            }
        }
    }

    /// <summary>Means of squares of an image; at the right and lower edge the squares may be cut off.</summary>
    /// <param name="levels">The image's levels in row order.</param>
    /// <param name="stride">Levels from one row to the next.</param>
    /// <param name="area">The part of the image to take.</param>
    /// <param name="factor">The squares' side in pixels, at least 1.</param>
    public static GreyPlane Reduced(ReadOnlySpan<byte> levels, int stride, PixelBox area, int factor)
    {
        var plane = new GreyPlane((area.Width + factor - 1) / factor, (area.Height + factor - 1) / factor);
        int[] sums = new int[plane.Width];
        for (int y = 0; y < plane.Height; y++)
        {
            int firstRow = area.Top + (y * factor);
            int rows = Math.Min(factor, area.Top + area.Height - firstRow);
            Array.Clear(sums);
            for (int row = firstRow; row < firstRow + rows; row++)
            {
                ReadOnlySpan<byte> source = levels.Slice((row * stride) + area.Left, area.Width);
                for (int x = 0; x < sums.Length; x++)
                {
                    ReadOnlySpan<byte> run = source.Slice(x * factor, Math.Min(factor, source.Length - (x * factor)));
                    foreach (byte level in run)
                        sums[x] += level;
                }
            }

            Span<byte> target = plane.Row(y);
            for (int x = 0; x < sums.Length; x++)
            {
                int count = rows * Math.Min(factor, area.Width - (x * factor));
                target[x] = (byte)((sums[x] + (count / 2)) / count);
            }
        }

        return plane;
    }
}
