using System.Diagnostics.CodeAnalysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MnistAdder.Serving.DigitSums;

/// <summary>The images of a block's rows: copied from the input in turn, decoded on any thread.</summary>
internal abstract class ImageColumn
{
    /// <summary>Copies the current row's image as it stands in the column.</summary>
    /// <param name="index">The row in its block.</param>
    public abstract void Read(int index);

    /// <summary>Decodes a row's image.</summary>
    /// <param name="index">The row in its block.</param>
    /// <param name="pixels">Receives 784 grey levels.</param>
    /// <param name="warnings">What casts doubt on it; none where it can't be decoded.</param>
    /// <param name="error">Why it can't be decoded.</param>
    public abstract bool TryDecode(int index, Span<byte> pixels, out ImageWarnings warnings, [NotNullWhen(false)] out string? error);

    /// <summary>What an image column of this transform can hold.</summary>
    /// <param name="itemType">The column's type, or a vector's item type.</param>
    /// <param name="isVector">Whether it is a vector.</param>
    public static bool Takes(DataViewType itemType, bool isVector) =>
        isVector ? itemType == NumberDataViewType.Byte : itemType is TextDataViewType or ImageDataViewType;

    /// <summary>Makes the images of a block.</summary>
    /// <param name="row">The input.</param>
    /// <param name="column">Its image column, of a type that <see cref="Takes"/> allows.</param>
    /// <param name="decoder">Reads files and decodes images.</param>
    /// <param name="capacity">Rows of the block.</param>
    public static ImageColumn Create(DataViewRow row, DataViewSchema.Column column, DigitImageDecoder decoder, int capacity) =>
        column.Type switch
        {
            TextDataViewType => new PathColumn(row.GetGetter<ReadOnlyMemory<char>>(column), decoder, capacity),
            ImageDataViewType => new DecodedColumn(row.GetGetter<MLImage>(column), decoder, capacity),
            VectorDataViewType { Size: MnistGeometry.PixelCount } => new PixelColumn(row.GetGetter<VBuffer<byte>>(column), capacity),
            _ => new EncodedColumn(row.GetGetter<VBuffer<byte>>(column), decoder, capacity),
        };

    private sealed class PathColumn(ValueGetter<ReadOnlyMemory<char>> getter, DigitImageDecoder decoder, int capacity) : ImageColumn
    {
        private readonly ReadOnlyMemory<char>[] _paths = new ReadOnlyMemory<char>[capacity];

        public override void Read(int index) => getter(ref _paths[index]);

        public override bool TryDecode(int index, Span<byte> pixels, out ImageWarnings warnings, [NotNullWhen(false)] out string? error) =>
            decoder.TryReadFile(_paths[index].ToString(), pixels, out warnings, out error);
    }

    // The column's getter releases the image that it finds in its place, which is that of an earlier block.
    private sealed class DecodedColumn(ValueGetter<MLImage> getter, DigitImageDecoder decoder, int capacity) : ImageColumn
    {
        private readonly MLImage?[] _images = new MLImage?[capacity];

        public override void Read(int index) => getter(ref _images[index]!);

        public override bool TryDecode(int index, Span<byte> pixels, out ImageWarnings warnings, [NotNullWhen(false)] out string? error)
        {
            warnings = ImageWarnings.None;
            if (_images[index] is { } image)
                return decoder.TryPrepare(image, pixels, out warnings, out error);
            error = "there is no image";
            return false;
        }
    }

    private sealed class EncodedColumn(ValueGetter<VBuffer<byte>> getter, DigitImageDecoder decoder, int capacity) : ImageColumn
    {
        private readonly VBuffer<byte>[] _encoded = new VBuffer<byte>[capacity];

        public override void Read(int index) => getter(ref _encoded[index]);

        public override bool TryDecode(int index, Span<byte> pixels, out ImageWarnings warnings, [NotNullWhen(false)] out string? error)
        {
            ref VBuffer<byte> encoded = ref _encoded[index];
            if (!encoded.IsDense)
                encoded.CopyToDense(ref encoded);
            return decoder.TryDecode(encoded.GetValues(), pixels, out warnings, out error);
        }
    }

    private sealed class PixelColumn(ValueGetter<VBuffer<byte>> getter, int capacity) : ImageColumn
    {
        private readonly VBuffer<byte>[] _pixels = new VBuffer<byte>[capacity];

        public override void Read(int index) => getter(ref _pixels[index]);

        public override bool TryDecode(int index, Span<byte> pixels, out ImageWarnings warnings, [NotNullWhen(false)] out string? error)
        {
            warnings = ImageWarnings.None;
            int length = _pixels[index].Length;
            error = length == pixels.Length ? null : $"there are {length} grey levels instead of {pixels.Length}";
            if (error is not null)
                return false;
            _pixels[index].CopyTo(pixels);
            return true;
        }
    }
}
