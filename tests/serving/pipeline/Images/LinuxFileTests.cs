using Microsoft.Win32.SafeHandles;
using MnistAdder.Serving.Images;

namespace MnistAdder.Serving.Tests.Images;

public sealed class LinuxFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("body END", 100, true)]
    [InlineData("body END more", 100, true)]
    [InlineData("body", 100, true)]
    [InlineData("body END", 8, false)] // as much as fits: there may be more
    [InlineData("body END more", 8, false)]
    public void A_file_is_read_to_its_end_whatever_stands_where_it_may_end(string text, int room, bool isWhole)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux's calls are used.");
        if (!OperatingSystem.IsLinux())
            return;
        string path = _folder.Write("file", System.Text.Encoding.ASCII.GetBytes(text));
        byte[] buffer = new byte[room];
        Assert.Equal(isWhole, LinuxFile.TryRead(path, buffer, "END"u8, out int length, out SafeFileHandle? rest));
        Assert.Equal(!isWhole, rest is not null);
        rest?.Dispose();
        Assert.Equal(text[..Math.Min(room, text.Length)], System.Text.Encoding.ASCII.GetString(buffer.AsSpan(0, length)));
    }
}
