using System.Buffers.Binary;
using System.IO.Compression;

namespace MnistAdder;

/// <summary>
/// Digit images and labels in the IDX format, raw or compressed with gzip. Reading is strict: a file that isn't exactly one array
/// of 28×28 images, or exactly one list of labels, is refused.
/// </summary>
/// <remarks>
/// <para>
/// A file is two zero bytes, a byte for the elements' type (8 = unsigned byte), a byte for the number of dimensions, a big-endian
/// 32-bit size for each dimension, and the elements in row order. Hence one content has one form only, and writing what was read
/// gives back the uncompressed file byte for byte.
/// </para>
/// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", sections on the file formats; RFC 1952 for
/// gzip.
/// </remarks>
internal static class IdxFile
{
    internal const byte UnsignedByte = 8;

    /// <summary>Sizes that follow the count of an image file: rows and columns.</summary>
    private static readonly int[] s_imageShape = [MnistGeometry.Side, MnistGeometry.Side];

    /// <summary>Reads a file of 28×28 images.</summary>
    /// <param name="path">The file; gzip is recognised by its first bytes, whatever the name.</param>
    /// <returns>Grey levels 0…255 of all images one after the other, 784 each.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It isn't a whole IDX file of 28×28 images of bytes; the message names it.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static byte[] ReadImages(string path)
    {
        using FileStream stream = Open(path);
        return ReadImages(stream, path);
    }

    /// <summary>Reads 28×28 images.</summary>
    /// <param name="stream">The file's bytes, seekable; it stays open.</param>
    /// <param name="name">What the messages call it.</param>
    /// <returns>Grey levels 0…255 of all images one after the other, 784 each.</returns>
    /// <exception cref="InvalidDataException">It isn't a whole IDX file of 28×28 images of bytes; the message has the name.</exception>
    public static byte[] ReadImages(Stream stream, string name) => Read(stream, name, "images", s_imageShape);

    /// <summary>Reads a file of labels.</summary>
    /// <param name="path">The file; gzip is recognised by its first bytes, whatever the name.</param>
    /// <returns>A byte for each image, of any value.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It isn't a whole IDX file of a list of bytes; the message names it.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static byte[] ReadLabels(string path)
    {
        using FileStream stream = Open(path);
        return ReadLabels(stream, path);
    }

    /// <summary>Reads labels.</summary>
    /// <param name="stream">The file's bytes, seekable; it stays open.</param>
    /// <param name="name">What the messages call it.</param>
    /// <returns>A byte for each image, of any value.</returns>
    /// <exception cref="InvalidDataException">It isn't a whole IDX file of a list of bytes; the message has the name.</exception>
    public static byte[] ReadLabels(Stream stream, string name) => Read(stream, name, "labels", []);

    /// <summary>Writes a file of 28×28 images, compressed where its name ends in <c>.gz</c>.</summary>
    /// <param name="path">The file's path; it appears there only when whole.</param>
    /// <param name="pixels">Grey levels of all images one after the other, 784 each.</param>
    /// <exception cref="ArgumentException">The grey levels aren't whole images.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static void WriteImages(string path, byte[] pixels) => Write(path, stream => WriteImages(stream, pixels));

    /// <summary>Writes 28×28 images, uncompressed.</summary>
    /// <param name="stream">Receives the file's bytes; it stays open.</param>
    /// <param name="pixels">Grey levels of all images one after the other, 784 each.</param>
    /// <exception cref="ArgumentException">The grey levels aren't whole images.</exception>
    public static void WriteImages(Stream stream, ReadOnlySpan<byte> pixels)
    {
        if (pixels.Length % MnistGeometry.PixelCount != 0)
            throw new ArgumentException($"{pixels.Length} grey levels are not whole images of {MnistGeometry.PixelCount}.", nameof(pixels));
        Write(stream, pixels, [pixels.Length / MnistGeometry.PixelCount, .. s_imageShape]);
    }

    /// <summary>Writes a file of labels, compressed where its name ends in <c>.gz</c>.</summary>
    /// <param name="path">The file's path; it appears there only when whole.</param>
    /// <param name="labels">A byte for each image.</param>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static void WriteLabels(string path, byte[] labels) => Write(path, stream => WriteLabels(stream, labels));

    /// <summary>Writes labels, uncompressed.</summary>
    /// <param name="stream">Receives the file's bytes; it stays open.</param>
    /// <param name="labels">A byte for each image.</param>
    public static void WriteLabels(Stream stream, ReadOnlySpan<byte> labels) => Write(stream, labels, [labels.Length]);

    private static FileStream Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return RegularFile.OpenRead(path);
    }

    private static byte[] Read(Stream stream, string name, string what, ReadOnlySpan<int> elementShape)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        using var content = new IdxContent(stream, name);
        return content.ReadArray(what, elementShape);
    }

    private static void Write(string path, Action<Stream> write) => AtomicFile.Write(path, file =>
    {
        if (!path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            write(file);
            return;
        }

        using var compressed = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true);
        write(compressed);
    });

    private static void Write(Stream stream, ReadOnlySpan<byte> data, ReadOnlySpan<int> shape)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Span<byte> header = stackalloc byte[4 + (4 * shape.Length)];
        header.Clear();
        header[2] = UnsignedByte;
        header[3] = (byte)shape.Length;
        for (int i = 0; i < shape.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(header[(4 + (4 * i))..], shape[i]);
        stream.Write(header);
        stream.Write(data);
    }
}
