namespace MnistAdder.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_replaced_as_a_whole()
    {
        AtomicFile.WriteText(_folder["report.html"], "a long text");
        AtomicFile.WriteText(_folder["report.html"], "short");
        Assert.Equal("short", File.ReadAllText(_folder["report.html"]));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_write_that_fails_keeps_the_older_file_and_leaves_nothing_else()
    {
        string path = _folder.Write("model.onnx", "older"u8.ToArray());
        UnwritableFileException error = Assert.Throws<UnwritableFileException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half of the newer"u8);
            throw new IOException("No space left on device : '/somewhere/model.onnx.123.tmp'");
        }));
        Assert.Equal(($"'{path}' can't be written: No space left on device.", "No space left on device"), (error.Message, error.Reason));
        Assert.Equal("older", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_folder_in_the_way_is_named_and_not_its_temporary_neighbour()
    {
        string taken = Directory.CreateDirectory(_folder["taken"]).FullName;
        UnwritableFileException error = Assert.Throws<UnwritableFileException>(() => AtomicFile.WriteText(taken, "text"));
        Assert.StartsWith($"'{taken}' can't be written: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", error.Message, StringComparison.Ordinal);
        Assert.Equal([taken], Directory.GetFileSystemEntries(_folder.Path));
    }
}
