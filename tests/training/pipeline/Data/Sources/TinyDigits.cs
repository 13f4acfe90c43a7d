using System.IO.Compression;
using System.Security.Cryptography;
using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Sources;

namespace MnistAdder.Training.Tests.Data.Sources;

/// <summary>Four small files in MNIST's form, and a description of them by which a download can be checked.</summary>
internal sealed class TinyDigits
{
    public const int TrainingCount = 5;
    public const int TestCount = 3;

    public TinyDigits()
    {
        var raw = new Dictionary<string, byte[]>
        {
            [MnistFile.TrainingImages.Stem] = Images(TrainingCount),
            [MnistFile.TrainingLabels.Stem] = Labels(TrainingCount),
            [MnistFile.TestImages.Stem] = Images(TestCount),
            [MnistFile.TestLabels.Stem] = Labels(TestCount),
        };
        Raw = raw;
        Served = raw.ToDictionary(file => $"{file.Key}.gz", file => Gzip(file.Value));
        Files = [.. MnistFile.All.Select(file => new MnistFile(
            file.Stem, file.IsImages, raw[file.Stem].Length, Convert.ToHexStringLower(SHA256.HashData(raw[file.Stem]))))];
    }

    /// <summary>Uncompressed bytes by usual name.</summary>
    public IReadOnlyDictionary<string, byte[]> Raw { get; }

    /// <summary>Compressed bytes by the name that mirrors serve them under.</summary>
    public IReadOnlyDictionary<string, byte[]> Served { get; }

    public IReadOnlyList<MnistFile> Files { get; }

    public static DigitDataset Synthetic { get; } = new("synthetic", "drawn", Set(2), Set(1));

    public static byte[] Images(int count, byte side = 28) =>
        [0, 0, 8, 3, 0, 0, 0, (byte)count, 0, 0, 0, side, 0, 0, 0, side, .. Enumerable.Range(0, count * side * side).Select(i => (byte)(i % 251))];

    public static byte[] Labels(int count) => [0, 0, 8, 1, 0, 0, 0, (byte)count, .. Enumerable.Range(0, count).Select(i => (byte)(i % 10))];

    public static byte[] Gzip(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var stream = new GZipStream(compressed, CompressionLevel.Fastest))
            stream.Write(bytes);
        return compressed.ToArray();
    }

    /// <summary>Writes the four files, raw, under their usual names.</summary>
    public void WriteTo(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((string stem, byte[] bytes) in Raw)
            File.WriteAllBytes(Path.Combine(folder, stem), bytes);
    }

    private static DigitSet Set(int count) => new(new byte[count * MnistGeometry.PixelCount], new byte[count]);
}
