namespace MnistAdder.Training.Data;

/// <summary>Digit images and their labels.</summary>
internal sealed class DigitSet
{
    /// <summary>Takes images and labels of the same count.</summary>
    /// <param name="images">Grey levels of all images one after the other, 784 each, 0 = background, 255 = full ink.</param>
    /// <param name="labels">A digit 0…9 for each image.</param>
    /// <exception cref="ArgumentException">The two don't have the same count.</exception>
    public DigitSet(byte[] images, byte[] labels)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(labels);
        if (images.Length != labels.Length * MnistGeometry.PixelCount)
            throw new ArgumentException($"{images.Length} grey levels are not {labels.Length} images of {MnistGeometry.PixelCount}.", nameof(images));
        Images = images;
        Labels = labels;
    }

    private DigitSet(DigitSet whole, Range part)
    {
        (int start, int count) = part.GetOffsetAndLength(whole.Count);
        Images = whole.Images.Slice(start * MnistGeometry.PixelCount, count * MnistGeometry.PixelCount);
        Labels = whole.Labels.Slice(start, count);
    }

    /// <summary>Grey levels, [Count, 28, 28] in row order.</summary>
    public ArraySegment<byte> Images { get; }

    /// <summary>Digits 0…9, [Count].</summary>
    public ArraySegment<byte> Labels { get; }

    /// <summary>Number of images.</summary>
    public int Count => Labels.Count;

    /// <summary>The grey levels of one image, 784 in row order.</summary>
    /// <param name="index">0…<see cref="Count"/>−1.</param>
    /// <returns>A view of <see cref="Images"/>.</returns>
    public ReadOnlySpan<byte> Image(int index) => Images.AsSpan(index * MnistGeometry.PixelCount, MnistGeometry.PixelCount);

    /// <summary>The first images of the set.</summary>
    /// <param name="count">How many; all of them when there are fewer.</param>
    /// <returns>This set when it is no larger, else a view of its head.</returns>
    public DigitSet Take(int count) => count >= Count ? this : new DigitSet(this, ..count);

    /// <summary>The set without its first images.</summary>
    /// <param name="count">How many to leave out, 0…<see cref="Count"/>.</param>
    /// <returns>A view of the rest.</returns>
    public DigitSet Skip(int count) => new(this, count..);
}

/// <summary>A training set and a test set of digits, and where they came from.</summary>
/// <param name="Name"><c>mnist</c>, <c>synthetic</c>, or the content hash of a folder of other IDX files (<c>idx-…</c>) or of pictures (<c>pictures-…</c>).</param>
/// <param name="Source">For people: the folder, the mirror or the generator that the digits came from.</param>
/// <param name="Training">What the network learns from.</param>
/// <param name="Test">What it is judged on and nothing is chosen by.</param>
internal sealed record DigitDataset(string Name, string Source, DigitSet Training, DigitSet Test);
