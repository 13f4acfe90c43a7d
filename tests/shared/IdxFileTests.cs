using System.IO.Compression;
using CsCheck;

namespace MnistAdder.Tests;

public sealed class IdxFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("images")]
    [InlineData("images.gz")]
    public void Images_that_were_written_are_read_back(string name)
    {
        byte[] pixels = Ramp(3 * MnistGeometry.PixelCount);
        IdxFile.WriteImages(_folder[name], pixels);
        Assert.Equal(pixels, IdxFile.ReadImages(_folder[name]));
    }

    [Theory]
    [InlineData("labels")]
    [InlineData("labels.gz")]
    public void Labels_that_were_written_are_read_back(string name) =>
        Gen.Byte.Array[0, 5000].Sample(
            labels =>
            {
                IdxFile.WriteLabels(_folder[name], labels);
                Assert.Equal(labels, IdxFile.ReadLabels(_folder[name]));
            },
            iter: 50,
            threads: 1);

    [Fact]
    public void A_file_larger_than_the_first_block_is_read_whole()
    {
        byte[] labels = Ramp((5 << 20) + 3);
        IdxFile.WriteLabels(_folder["labels.gz"], labels);
        Assert.Equal(labels, IdxFile.ReadLabels(_folder["labels.gz"]));
    }

    [Fact]
    public void The_bytes_on_disk_are_those_of_the_format()
    {
        IdxFile.WriteLabels(_folder["labels"], [7, 2]);
        Assert.Equal([0, 0, 8, 1, 0, 0, 0, 2, 7, 2], File.ReadAllBytes(_folder["labels"]));

        IdxFile.WriteImages(_folder["images"], new byte[MnistGeometry.PixelCount]);
        Assert.Equal([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28], File.ReadAllBytes(_folder["images"])[..16]);
    }

    [Fact]
    public void Compression_is_recognised_by_content_and_not_by_name()
    {
        string path = _folder.Write("labels-without-suffix", Gzip([0, 0, 8, 1, 0, 0, 0, 2, 7, 2]));
        Assert.Equal([7, 2], IdxFile.ReadLabels(path));
    }

    [Theory]
    [InlineData(new byte[] { }, "does not begin with an IDX magic number")]
    [InlineData(new byte[] { 1, 0, 8, 1, 0, 0, 0, 1, 5 }, "does not begin with an IDX magic number")]
    [InlineData(new byte[] { 0, 0, 8 }, "is cut short within its IDX magic number")]
    [InlineData(new byte[] { 0, 0, 13, 1, 0, 0, 0, 1, 5 }, "holds elements of IDX type 0x0D, but labels are unsigned bytes (0x08)")]
    [InlineData(new byte[] { 0, 0, 8, 3, 0, 0, 0, 1, 5 }, "holds an array of 3 dimensions, but labels have 1")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0 }, "is cut short within its IDX header")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 3, 5, 5 }, "is cut short: its header claims 3 bytes of labels and 2 are there")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 1, 5, 5 }, "goes on after the end of its array")]
    public void A_broken_file_is_refused_by_name_raw_and_compressed(byte[] bytes, string reason)
    {
        string raw = _folder.Write("labels", bytes);
        Assert.Equal($"{raw} {reason}.", Assert.Throws<InvalidDataException>(() => IdxFile.ReadLabels(raw)).Message);

        string compressed = _folder.Write("labels.gz", Gzip(bytes));
        Assert.Equal($"{compressed} {reason}.", Assert.Throws<InvalidDataException>(() => IdxFile.ReadLabels(compressed)).Message);
    }

    [Theory]
    [InlineData(29, 28, "dimension 1 is 29, but it must be 28")]
    [InlineData(28, 27, "dimension 2 is 27, but it must be 28")]
    public void Images_of_another_size_are_refused(byte rows, byte columns, string reason)
    {
        string path = _folder.Write("images", [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, rows, 0, 0, 0, columns, .. new byte[rows * columns]]);
        Assert.Equal($"{path} holds images whose {reason}.", Assert.Throws<InvalidDataException>(() => IdxFile.ReadImages(path)).Message);
    }

    [Theory]
    [InlineData("labels", new byte[] { 0, 0, 8, 1, 0x7f, 0xff, 0xff, 0x00, 1, 2, 3 })]
    [InlineData("labels.gz", new byte[] { 0, 0, 8, 1, 0x7f, 0xff, 0xff, 0x00, 1, 2, 3 })]
    public void A_header_that_claims_gigabytes_costs_no_memory(string name, byte[] bytes)
    {
        string path = _folder.Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip(bytes) : bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => IdxFile.ReadLabels(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void More_elements_than_an_array_holds_are_refused()
    {
        string path = _folder.Write("images", [0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 0, 28, 0, 0, 0, 28]);
        Assert.Equal(
            $"{path} claims 3367254359280 bytes of images, more than one array holds.",
            Assert.Throws<InvalidDataException>(() => IdxFile.ReadImages(path)).Message);
    }

    [Fact]
    public void A_gzip_file_cut_at_any_byte_is_refused()
    {
        byte[] whole = Gzip([0, 0, 8, 1, 0, 0, 0, 200, .. Ramp(200)]);
        for (int length = 0; length < whole.Length; length++)
        {
            string path = _folder.Write("labels.gz", whole[..length]);
            Assert.Contains(path, Assert.Throws<InvalidDataException>(() => IdxFile.ReadLabels(path)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 1, 2, 3, 4 })]
    [InlineData(new byte[] { 0x1f, 0x8b })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void Bytes_after_the_gzip_data_are_refused(byte[] tail)
    {
        string path = _folder.Write("labels.gz", [.. Gzip([0, 0, 8, 1, 0, 0, 0, 2, 7, 2]), .. tail]);
        Assert.Equal(
            $"{path} is cut short, or goes on after the end of its gzip data.",
            Assert.Throws<InvalidDataException>(() => IdxFile.ReadLabels(path)).Message);
    }

    [Fact]
    public void A_checksum_that_does_not_fit_is_refused()
    {
        byte[] bytes = Gzip([0, 0, 8, 1, 0, 0, 0, 200, .. Ramp(200)]);
        bytes[^5] ^= 1;
        string path = _folder.Write("labels.gz", bytes);
        Assert.Equal(
            $"{path} is damaged: its gzip data can't be decompressed.",
            Assert.Throws<InvalidDataException>(() => IdxFile.ReadLabels(path)).Message);
    }

    [Fact]
    public void Any_damaged_byte_gives_other_labels_or_a_refusal_and_nothing_else()
    {
        byte[] raw = [0, 0, 8, 1, 0, 0, 0, 200, .. Ramp(200)];
        byte[] compressed = Gzip(raw);
        var random = new Random(8);
        int refused = 0;
        for (int trial = 0; trial < 1000; trial++)
        {
            byte[] damaged = [.. trial % 2 == 0 ? raw : compressed];
            damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            using var stream = new MemoryStream(damaged);
            Exception? error = Record.Exception(() => IdxFile.ReadLabels(stream, "f"));
            if (error is null)
                continue;
            Assert.IsType<InvalidDataException>(error);
            refused++;
        }

        Assert.InRange(refused, 300, 700);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        string path = _folder["nowhere"];
        Assert.Equal($"There is no file {path}.", Assert.Throws<FileNotFoundException>(() => IdxFile.ReadImages(path)).Message);
    }

    [Fact]
    public void Grey_levels_that_are_not_whole_images_are_not_written()
    {
        Assert.Throws<ArgumentException>(() => IdxFile.WriteImages(_folder["images"], new byte[783]));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private static byte[] Ramp(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];

    private static byte[] Gzip(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var stream = new GZipStream(compressed, CompressionLevel.Fastest))
            stream.Write(bytes);
        return compressed.ToArray();
    }
}
