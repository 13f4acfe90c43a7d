using System.Diagnostics;

namespace MnistAdder.Tests;

/// <summary>Outputs that are symbolic links, or no files at all.</summary>
public sealed class LinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LinkTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Symbolic links take a right of their own on Windows.");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("target.csv", "target.csv")]
    [InlineData("./target.csv", "target.csv")]
    [InlineData("elsewhere/target.csv", "elsewhere/target.csv")]
    [InlineData("{folder}/elsewhere/target.csv", "elsewhere/target.csv")]
    [InlineData("second", "elsewhere/third.csv")]
    [InlineData("door/target.csv", "elsewhere/deep/target.csv")]
    [InlineData("door/../target.csv", "elsewhere/target.csv")] // two dots lead out of the folder behind the door
    public void A_link_stays_one_and_what_it_leads_to_is_written(string link, string target)
    {
        Directory.CreateDirectory(_folder["elsewhere/deep"]);
        File.CreateSymbolicLink(_folder["door"], "elsewhere/deep");
        File.CreateSymbolicLink(_folder["second"], "elsewhere/over");
        File.CreateSymbolicLink(_folder["elsewhere/over"], "deep/../third.csv");
        string output = _folder["output.csv"];
        File.CreateSymbolicLink(output, link.Replace("{folder}", _folder.Path, StringComparison.Ordinal));

        AtomicFile.WriteText(output, "first");
        AtomicFile.WriteText(output, "again");

        Assert.NotNull(new FileInfo(output).LinkTarget);
        Assert.Equal("again", File.ReadAllText(_folder[target]));
        Assert.Equal("again", File.ReadAllText(output)); // the system agrees
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_link_in_another_folder_is_followed_from_there()
    {
        Directory.CreateDirectory(_folder["links"]);
        File.CreateSymbolicLink(_folder["links/output.csv"], "../target.csv");
        AtomicFile.WriteText(_folder["links/output.csv"], "text");
        Assert.Equal("text", File.ReadAllText(_folder["target.csv"]));
    }

    [Fact]
    public void Links_that_lead_back_to_themselves_are_an_error()
    {
        File.CreateSymbolicLink(_folder["one"], "two");
        File.CreateSymbolicLink(_folder["two"], "one");
        string path = _folder["one"];
        UnwritableFileException error = Assert.Throws<UnwritableFileException>(() => AtomicFile.WriteText(path, "text"));
        Assert.Equal($"'{path}' can't be written: Too many levels of symbolic links.", error.Message);
        Assert.Equal(FileKind.Missing, FileStatus.Of(path).Kind);
    }

    [Fact]
    public void What_a_killed_writer_left_behind_a_link_is_removed()
    {
        using Process process = Process.Start("true");
        process.WaitForExit();
        Directory.CreateDirectory(_folder["elsewhere"]);
        File.CreateSymbolicLink(_folder["loss.svg"], "elsewhere/loss.svg");
        string left = _folder.Write($"elsewhere/loss.svg.{process.Id}@{AtomicFile.Machine}.tmp", []);
        AtomicFile.RemoveAbandonedIn(_folder.Path, "*.svg");
        Assert.False(File.Exists(left));
    }

    [Fact]
    public void A_device_is_not_replaced_by_a_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells a device from a file.");
        File.CreateSymbolicLink(_folder["null"], "/dev/null");
        foreach (string path in (string[])["/dev/null", _folder["null"]])
        {
            Assert.Equal($"'{path}' can't be written: it is a pipe, a socket or a device.", Assert.Throws<UnwritableFileException>(() => AtomicFile.WriteText(path, "text")).Message);
        }

        Assert.Equal(FileKind.Other, FileStatus.Of("/dev/null").Kind);
    }

    [Fact]
    public void A_file_is_the_same_by_all_its_names()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells hard links.");
        string file = _folder.Write("file", [1]), other = _folder.Write("other", [1]);
        File.CreateSymbolicLink(_folder["soft"], "file");
        using (Process made = Process.Start("ln", [file, _folder["hard"]]))
            made.WaitForExit();
        FileStatus status = FileStatus.Of(file);
        Assert.Equal(FileKind.Regular, status.Kind);
        Assert.Equal((status, status), (FileStatus.Of(_folder["soft"]), FileStatus.Of(_folder["hard"])));
        Assert.NotEqual(status.Identity, FileStatus.Of(other).Identity);
        Assert.Equal(FileKind.Folder, FileStatus.Of(_folder.Path).Kind);
        Assert.All([_folder["nowhere"], $"{file}/below", "", "a\0b"], path => Assert.Equal(FileKind.Missing, FileStatus.Of(path).Kind));
    }

    [Fact]
    public void A_named_pipe_is_refused_without_waiting_for_its_writer()
    {
        string pipe = NamedPipe.Make(_folder["pipe"]);
        string message = Assert.Throws<InvalidDataException>(() => IdxFile.ReadImages(pipe)).Message;
        Assert.Equal($"{pipe} is not a regular file, but a pipe, a socket or a device.", message);
    }
}
