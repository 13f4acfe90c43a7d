using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.OnnxBatching.Tests.Devices;

public sealed class LibrarySearchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_programs_own_library_comes_before_the_systems()
    {
        string own = Write("program/runtimes/linux-x64/native/libcudart.so.12"), system = Write("system/libcudart.so.12");
        var search = new LibrarySearch(
            [.. LibrarySearch.NativeFolders(_folder["program"])], new Dictionary<string, string> { ["libcudart.so.12"] = system }, []);

        Assert.Equal(new LibraryLocation("libcudart.so.12", own, IsLoadable: true), search.Find("libcudart.so.12"));
    }

    [Fact]
    public void A_library_of_the_loaders_list_counts_while_its_file_is_there()
    {
        string there = Write("cache/libcublas.so.12");
        var search = new LibrarySearch([], new Dictionary<string, string> { ["libcublas.so.12"] = there, ["libcufft.so.11"] = _folder["cache/gone"] }, []);

        Assert.Equal(new LibraryLocation("libcublas.so.12", there, IsLoadable: true), search.Find("libcublas.so.12"));
        Assert.Equal(new LibraryLocation("libcufft.so.11", null, IsLoadable: false), search.Find("libcufft.so.11"));
    }

    [Fact]
    public void A_library_where_the_loader_does_not_look_is_found_and_still_missing()
    {
        string left = Write("cuda/libcudnn.so.9");
        var search = new LibrarySearch([], new Dictionary<string, string>(), [_folder["cuda"]]);

        Assert.Equal(new LibraryLocation("libcudnn.so.9", left, IsLoadable: false), search.Find("libcudnn.so.9"));
        Assert.Contains("libcudnn.so.9", CudaLibraries.Missing(search));
    }

    [Fact]
    public void The_c_library_of_this_linux_is_found()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has libc.so.6.");
        LibraryLocation found = LibrarySearch.OfProgram().Find("libc.so.6");
        Assert.SkipWhen(found.Path is null, "This Linux has no glibc.");
        Assert.True(found.IsLoadable);
        Assert.True(File.Exists(found.Path));
    }

    private string Write(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        return _folder.Write(name, [1]);
    }
}
