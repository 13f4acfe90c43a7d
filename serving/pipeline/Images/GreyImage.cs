using System.Runtime.InteropServices;

namespace MnistAdder.Serving.Images;

/// <summary>A decoded image: one byte per pixel in row order, 0 = black, 255 = white.</summary>
/// <remarks>Its memory is native, so that a large image is gone the moment it is disposed.</remarks>
internal sealed unsafe class GreyImage : IDisposable
{
    private byte* _levels;

    /// <summary>Makes an image of undefined levels.</summary>
    /// <exception cref="OutOfMemoryException">There isn't enough memory.</exception>
    public GreyImage(int width, int height)
    {
        Width = width;
        Height = height;
        _levels = (byte*)NativeMemory.Alloc((nuint)width, (nuint)height);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Whether the source was opaque and without colour, so that its levels are exact.</summary>
    public bool IsExact { get; set; }

    public Span<byte> Levels => new(_levels, Width * Height);

    public IntPtr Address => (IntPtr)_levels;

    public Span<byte> Row(int y) => Levels.Slice(y * Width, Width);

    public void Dispose()
    {
        NativeMemory.Free(_levels);
        _levels = null;
    }
}
