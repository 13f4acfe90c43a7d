using System.Net.Sockets;
using MnistAdder.Serving.Images;

namespace MnistAdder.Serving.Tests.Images;

public sealed class ImageFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("images").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("plain.png")]
    [InlineData("mit Leerzeichen und Ümläuten ✓.png")]
    [InlineData("not-an-extension.txt")]
    public void A_file_is_read_whatever_its_name(string name)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, EncodedBars.Lossless["PNG, grey, 8 bits"]);
        byte[] pixels = new byte[MnistGeometry.PixelCount];
        Assert.True(new DigitImageDecoder(ImagePreparation.Raw).TryReadFile(path, pixels, out _, out string? error), error);
        Assert.Equal(EncodedBars.Levels, pixels);
    }

    [Fact]
    public void A_file_larger_than_the_first_buffer_is_read_whole()
    {
        byte[] file = Scenes.All["large photo"](3);
        Assert.InRange(file.Length, 40_000, 10_000_000);
        byte[] fromFile = new byte[MnistGeometry.PixelCount], fromMemory = new byte[MnistGeometry.PixelCount];
        var decoder = new DigitImageDecoder();
        Assert.True(decoder.TryReadFile(Write("large.jpg", file), fromFile, out _, out string? error), error);
        Assert.True(decoder.TryDecode(file, fromMemory, out _, out _));
        Assert.Equal(fromMemory, fromFile);
    }

    [Fact]
    public async Task A_named_pipe_is_no_image_with_a_writer_or_without()
    {
        string path = NamedPipe.Make(Path.Combine(_folder, "pipe.png"));
        Assert.Equal(ImageErrors.NotRegular, Error(path));
        using (var pipe = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite)) // both ends
        {
            Assert.Equal(ImageErrors.NotRegular, Error(path));
            await pipe.WriteAsync(EncodedBars.Lossless["PNG, grey, 8 bits"], TestContext.Current.CancellationToken);
            await pipe.FlushAsync(TestContext.Current.CancellationToken);
            Assert.Equal(ImageErrors.NotRegular, Error(path));
        }
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("/dev/urandom")]
    public void A_device_is_no_image(string device)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells a device from a file.");
        Assert.Equal(ImageErrors.NotRegular, Error(device));
    }

    [Fact]
    public void A_socket_is_no_image()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells a socket from a file.");
        string path = Path.Combine(_folder, "s");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        Assert.Equal(ImageErrors.NotRegular, Error(path));
    }

    [Fact]
    public void Two_dots_in_a_path_take_away_a_name_as_everywhere_in_NET_even_that_of_a_link()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "elsewhere", "folder"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "link"), Path.Combine(_folder, "elsewhere", "folder"));
        Write("picture.png", EncodedBars.Lossless["PNG, grey, 8 bits"]);
        Write(Path.Combine("elsewhere", "picture.png"), []);
        byte[] pixels = new byte[MnistGeometry.PixelCount];
        Assert.True(new DigitImageDecoder(ImagePreparation.Raw).TryReadFile(Path.Combine(_folder, "link", "..", "picture.png"), pixels, out _, out string? error), error);
        Assert.Equal(EncodedBars.Levels, pixels);
    }

    [Fact]
    public void A_missing_file_is_missing()
    {
        Assert.Equal("the file is missing", Error(Path.Combine(_folder, "none.png")));
        Assert.Equal("the file is missing", Error(Path.Combine(_folder, "no-folder", "none.png")));
    }

    [Fact]
    public void A_folder_is_a_folder() => Assert.Equal("the path is a folder", Error(_folder));

    [Fact]
    public void An_empty_path_is_empty() => Assert.Equal("the path is empty", Error(""));

    [Fact]
    public void A_path_with_a_NUL_is_refused() => Assert.Equal("the path contains a NUL character", Error("a\0b.png"));

    [Fact]
    public void A_file_name_as_long_as_a_book_is_refused_in_words() =>
        Assert.Contains("too long", Error(Path.Combine(_folder, new string('a', 5000))), StringComparison.Ordinal);

    [Fact]
    public void An_empty_file_is_empty() => Assert.Equal("the file is empty", Error(Write("empty.png", [])));

    [Fact]
    public void A_file_of_more_than_the_accepted_bytes_is_not_read()
    {
        string path = Path.Combine(_folder, "huge.png");
        using (FileStream file = File.Create(path))
            file.SetLength(3L << 30); // sparse
        Assert.Equal("the file has 3221225472 bytes; at most 67108864 are accepted", Error(path));
    }

    [Fact]
    public void A_loop_of_symbolic_links_is_named()
    {
        string path = Path.Combine(_folder, "loop.png");
        File.CreateSymbolicLink(path, path);
        Assert.Contains("symbolic links", Error(path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_permission_is_denied()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "The superuser may read every file.");
        string path = Write("secret.png", [1]);
        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows has no Unix permissions.");
        else
            File.SetUnixFileMode(path, UnixFileMode.None);
        Assert.Equal("access to the file is denied", Error(path));
    }

    private string Write(string name, byte[] content)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static string Error(string path)
    {
        Assert.False(new DigitImageDecoder().TryReadFile(path, new byte[MnistGeometry.PixelCount], out _, out string? error));
        return error;
    }
}
