namespace MnistAdder.Serving.Images.Ink;

/// <summary>A part of connected ink.</summary>
/// <param name="Label">Its number, from 1.</param>
/// <param name="Box">Where it is.</param>
/// <param name="Pixels">How many pixels it has.</param>
/// <param name="Strong">How many of them are surely ink.</param>
/// <param name="Energy">The sum of its strengths' squares.</param>
/// <param name="Outline">How many sides of its pixels are no other pixel's of it.</param>
/// <param name="Contact">How many of its pixels lie on each side of the image.</param>
internal readonly record struct InkPart(int Label, PixelBox Box, int Pixels, int Strong, double Energy, int Outline, Contact Contact)
{
    // A circle has 0.5, a square as well, an ellipse of twice its width 0.32; a fat marker's digits stay below 0.3.
    private const double SolidFrom = 0.32;
    private const double SolidTo = 0.42;

    /// <summary>Mean width of its strokes in pixels: a long stroke's area is half its outline times its width.</summary>
    /// <remarks>The sides of pixels make an outline longer than it is, by 4/π over all directions.</remarks>
    public double StrokeWidth => 2.0 * Pixels / (Outline * (Math.PI / 4));

    /// <summary>The smallest box around parts, of which there is at least one.</summary>
    public static PixelBox BoxOf(IEnumerable<InkPart> parts) => parts.Select(part => part.Box).Aggregate((box, next) => box.Union(next));

    /// <summary>How far it is a filled shape rather than strokes, 0 to 1.</summary>
    public double Solidity => Math.Clamp(((StrokeWidth / Box.LongSide) - SolidFrom) / (SolidTo - SolidFrom), 0, 1);
}

/// <summary>How many pixels of a part lie on each side of the image.</summary>
internal readonly record struct Contact(int Left, int Top, int Right, int Bottom)
{
    public int Total => Left + Top + Right + Bottom;

    public bool IsOnOppositeSides => (Left > 0 && Right > 0) || (Top > 0 && Bottom > 0);
}
