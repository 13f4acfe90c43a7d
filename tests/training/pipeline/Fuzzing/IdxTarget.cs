using System.IO.Compression;
using MnistAdder.Fuzzing;
using MnistAdder.Training.Data.Sources;

namespace MnistAdder.Training.Tests.Fuzzing;

/// <summary>IDX files of images or of labels, raw and compressed with gzip.</summary>
internal sealed class IdxTarget : FuzzTarget
{
    // What a file of a hundred bytes may claim is no reason to allocate more than the reader's first block, 1 MiB, and its like.
    private static readonly FuzzLimits s_limits = new(ManagedBytes: 8 << 20);

    private readonly MnistFile _file;

    private IdxTarget(string name, MnistFile file, params byte[][] raw)
        : base(name, s_limits)
    {
        _file = file;
        Seeds = [.. raw, .. raw.Select(Compressed)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Files of images.</summary>
    public static IdxTarget Images() => new("idx-images", MnistFile.TestImages, Images(1), Images(3));

    /// <summary>Files of labels.</summary>
    public static IdxTarget Labels() => new("idx-labels", MnistFile.TestLabels, Labels(1), Labels(40));

    /// <inheritdoc/>
    public override bool Parse(byte[] input)
    {
        MnistFileContent content = _file.Read(new MemoryStream(input, writable: false), "file");
        var again = new MemoryStream();
        if (_file.IsImages)
            IdxFile.WriteImages(again, content.Data);
        else
            IdxFile.WriteLabels(again, content.Data);
        FuzzException.Require(IsCompressed(input) || again.ToArray().AsSpan().SequenceEqual(input), "What was read and written is another file.");
        return true;
    }

    /// <inheritdoc/>
    public override byte[]? EditFormat(byte[] input, Mutator mutator)
    {
        if (IsCompressed(input) && Uncompressed(input) is { } content)
            return Compressed(mutator.OneIn(8) ? Longer(content, mutator) : ByteEdits.Edit(content, Seeds, mutator));
        return input.Length > 4 ? ByteEdits.WithNumber(input, mutator.Below(Math.Min(input.Length, 16)), mutator) : null;
    }

    // A small file that is a large one once it is decompressed.
    private static byte[] Longer(byte[] content, Mutator mutator) => [.. content, .. new byte[1 << (10 + mutator.Below(12))]];

    private static bool IsCompressed(byte[] input) => input is [0x1F, 0x8B, ..];

    private static byte[] Compressed(byte[] content)
    {
        var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
            gzip.Write(content);
        return stream.ToArray();
    }

    private static byte[]? Uncompressed(byte[] input)
    {
        try
        {
            using var gzip = new GZipStream(new MemoryStream(input), CompressionMode.Decompress);
            byte[] content = new byte[1 << 16];
            return content[..gzip.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static byte[] Images(int count)
    {
        var stream = new MemoryStream();
        IdxFile.WriteImages(stream, [.. Enumerable.Range(0, count * MnistGeometry.PixelCount).Select(i => (byte)(i * 7))]);
        return stream.ToArray();
    }

    private static byte[] Labels(int count)
    {
        var stream = new MemoryStream();
        IdxFile.WriteLabels(stream, [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))]);
        return stream.ToArray();
    }
}
