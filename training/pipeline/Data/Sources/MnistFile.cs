using System.Security.Cryptography;

namespace MnistAdder.Training.Data.Sources;

/// <summary>One of the four files that MNIST, and every data set of its form, consists of.</summary>
/// <remarks>
/// Names: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits". The hashes are those of the uncompressed
/// files, since mirrors compress differently.
/// </remarks>
internal sealed class MnistFile
{
    /// <summary>Describes a file.</summary>
    /// <param name="stem">Its usual name, uncompressed.</param>
    /// <param name="isImages">Whether it holds images; else labels.</param>
    /// <param name="contentLength">Bytes of the right file when uncompressed.</param>
    /// <param name="sha256">SHA-256 of the right file when uncompressed, in lower-case hexadecimal.</param>
    public MnistFile(string stem, bool isImages, long contentLength, string sha256)
    {
        ArgumentException.ThrowIfNullOrEmpty(stem);
        Stem = stem;
        IsImages = isImages;
        ContentLength = contentLength;
        Sha256 = sha256;
        string dotted = stem.Replace("-idx", ".idx", StringComparison.Ordinal);
        Names = [$"{stem}.gz", stem, $"{dotted}.gz", dotted];
    }

    /// <summary>60,000 images to learn from.</summary>
    public static MnistFile TrainingImages { get; } = new(
        "train-images-idx3-ubyte", true, 47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db");

    /// <summary>Their labels.</summary>
    public static MnistFile TrainingLabels { get; } = new(
        "train-labels-idx1-ubyte", false, 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5");

    /// <summary>10,000 images to be judged on.</summary>
    public static MnistFile TestImages { get; } = new(
        "t10k-images-idx3-ubyte", true, 7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7");

    /// <summary>Their labels.</summary>
    public static MnistFile TestLabels { get; } = new(
        "t10k-labels-idx1-ubyte", false, 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2");

    /// <summary>The four, training before test and images before labels.</summary>
    public static IReadOnlyList<MnistFile> All { get; } = [TrainingImages, TrainingLabels, TestImages, TestLabels];

    /// <summary>The file's usual name, uncompressed.</summary>
    public string Stem { get; }

    /// <summary>The names that the file is looked for under, in this order; the first is what mirrors serve and the cache keeps.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether it holds images; else labels.</summary>
    public bool IsImages { get; }

    /// <summary>Bytes of MNIST's own file when uncompressed.</summary>
    public long ContentLength { get; }

    /// <summary>SHA-256 of MNIST's own file when uncompressed, in lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>The file's path in a folder.</summary>
    /// <param name="folder">Where to look.</param>
    /// <returns>The first of <see cref="Names"/> that is there, or <see langword="null"/>.</returns>
    public string? Find(string folder) => Names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Reads any file of this kind, MNIST's own or not.</summary>
    /// <param name="stream">The file's bytes, raw or compressed with gzip, seekable.</param>
    /// <param name="name">What messages call the file.</param>
    /// <returns>Its images or labels and their hash.</returns>
    /// <exception cref="InvalidDataException">It isn't a file of this kind, or has no images, or a label above 9.</exception>
    public MnistFileContent Read(Stream stream, string name)
    {
        byte[] data = IsImages ? IdxFile.ReadImages(stream, name) : IdxFile.ReadLabels(stream, name);
        if (data.Length == 0)
            throw new InvalidDataException($"{name} holds no {(IsImages ? "images" : "labels")}.");
        if (!IsImages && data.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)9) is >= 0 and int bad)
            throw new InvalidDataException($"{name} has the label {data[bad]} at position {bad}, but digits are 0 to 9.");
        return new MnistFileContent(name, data, ContentHash(data));
    }

    /// <summary>Reads a file that must be MNIST's own.</summary>
    /// <param name="stream">The file's bytes, raw or compressed with gzip, seekable.</param>
    /// <param name="name">What messages call the file.</param>
    /// <returns>Its images or labels.</returns>
    /// <exception cref="InvalidDataException">It is damaged or holds something else.</exception>
    public MnistFileContent ReadOwn(Stream stream, string name)
    {
        MnistFileContent content = Read(stream, name);
        return content.Sha256 == Sha256
            ? content
            : throw new InvalidDataException($"{name} does not hold MNIST's {Stem}: the SHA-256 of its content differs.");
    }

    /// <summary>The hash of the uncompressed file that holds these images or labels.</summary>
    /// <param name="data">Grey levels of all images, 784 each, or a label for each.</param>
    /// <returns>SHA-256 in lower-case hexadecimal.</returns>
    public string ContentHash(ReadOnlySpan<byte> data)
    {
        // What was read strictly has one uncompressed form, so that form needn't be kept while reading.
        using var hash = SHA256.Create();
        using (var sink = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
        {
            if (IsImages)
                IdxFile.WriteImages(sink, data);
            else
                IdxFile.WriteLabels(sink, data);
        }

        return Convert.ToHexStringLower(hash.Hash!);
    }
}

/// <summary>What one of the four files holds.</summary>
/// <param name="Name">What messages call the file.</param>
/// <param name="Data">Grey levels of all images, 784 each, or a label 0…9 for each image.</param>
/// <param name="Sha256">Hash of the uncompressed file in lower-case hexadecimal.</param>
internal sealed record MnistFileContent(string Name, byte[] Data, string Sha256);
