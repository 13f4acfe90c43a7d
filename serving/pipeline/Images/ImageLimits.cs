namespace MnistAdder.Serving;

/// <summary>What a picture may cost before it is refused.</summary>
/// <remarks>
/// Both limits are checked before memory is spent. A picture in hand takes up to five bytes per pixel (a progressive JPEG eight), and pictures of more than
/// 4 million pixels are decoded one at a time, whatever the number of threads.
/// </remarks>
public sealed record ImageLimits
{
    internal const int ConcurrentPixels = 4_000_000;

    // Four bytes each must fit one buffer.
    internal const int UtmostPixels = 500_000_000;

    /// <summary>The limits that apply where none are given.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>The most pixels (width × height) that a picture may have, 1 to 500 million; 50 million at first.</summary>
    public int MaxPixels { get; init; } = 50_000_000;

    /// <summary>The most bytes that an encoded picture may have, at least 1; 64 MiB at first.</summary>
    public int MaxEncodedBytes { get; init; } = 64 << 20;
}
