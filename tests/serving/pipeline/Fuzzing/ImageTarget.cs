using MnistAdder.Fuzzing;
using MnistAdder.Serving.Tests.Images;

namespace MnistAdder.Serving.Tests.Fuzzing;

/// <summary>Picture files of every accepted format, through the decoder.</summary>
internal sealed class ImageTarget() : FuzzTarget("images", new FuzzLimits(ManagedBytes: 32 << 20))
{
    private static readonly ImageLimits s_imageLimits = new() { MaxPixels = 1 << 20, MaxEncodedBytes = 1 << 17 };

    private readonly DigitImageDecoder _auto = new(ImagePreparation.Auto, s_imageLimits);
    private readonly DigitImageDecoder _mnist = new(ImagePreparation.Mnist, s_imageLimits);
    private readonly DigitImageDecoder _raw = new(ImagePreparation.Raw, s_imageLimits);
    private readonly NativeHeap _heap = new();

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. EncodedBars.Lossless.Values,
        .. EncodedBars.Lossy.Values,
        .. EncodedBars.Turned,
        JpegEdits.Progressive,
    ];

    /// <inheritdoc/>
    public override bool Parse(byte[] input)
    {
        bool taken = Decode(_auto, input);
        Decode(_mnist, input);
        Decode(_raw, input);
        return taken;
    }

    /// <inheritdoc/>
    public override bool IsDocumented(Exception exception) => false;

    /// <inheritdoc/>
    public override byte[]? EditFormat(byte[] input, Mutator mutator) =>
        input.AsSpan().StartsWith(PngEdits.Signature) ? PngEdits.Edit(input, mutator)
        : input is [0xFF, 0xD8, ..] ? JpegEdits.Edit(input, mutator)
        : input.Length > 0 ? ByteEdits.WithNumber(input, mutator.Below(Math.Min(input.Length, 64)), mutator)
        : null;

    /// <inheritdoc/>
    public override byte[] Mend(byte[] input) => input.AsSpan().StartsWith(PngEdits.Signature) ? PngEdits.MendChecks(input) : input;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _heap.Dispose();
        base.Dispose();
    }

    private bool Decode(DigitImageDecoder decoder, byte[] input)
    {
        Span<byte> pixels = stackalloc byte[MnistGeometry.PixelCount], again = stackalloc byte[MnistGeometry.PixelCount];
        _heap.FillWith(0x35);
        bool taken = decoder.TryDecode(input, pixels, out ImageWarnings warnings, out string? error);
        _heap.FillWith(0xCA);
        bool takenAgain = decoder.TryDecode(input, again, out ImageWarnings otherWarnings, out string? otherError);
        FuzzException.Require(taken == takenAgain && error == otherError && warnings == otherWarnings, $"One picture was judged in two ways: {error ?? warnings.ToString()}, {otherError ?? otherWarnings.ToString()}.");
        FuzzException.Require(!taken || pixels.SequenceEqual(again), "One picture was decoded into two: there was memory in it that nobody wrote.");
        FuzzException.Require(taken || warnings == ImageWarnings.None, "A picture that is not taken comes with a warning.");
        FuzzException.Require(taken || (error!.Length > 0 && !error.Contains('\n', StringComparison.Ordinal)), "A reason is not one line.");
        return taken;
    }
}
