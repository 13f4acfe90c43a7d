using MnistAdder.Training.Data.Sources;

namespace MnistAdder.Training.Tests.Data.Sources;

public sealed class DatasetPlacesTests
{
    private static readonly string s_root = Path.GetPathRoot(Path.GetTempPath())!;
    private static readonly string s_home = Path.Combine(s_root, "home", "ada");

    [Fact]
    public void The_cache_is_under_the_home_folder_unless_XDG_says_otherwise()
    {
        Assert.Equal(Path.Combine(s_home, ".cache", "mnist-adder"), Places(cacheHome: null).Cache);
        Assert.Equal(Path.Combine(s_root, "caches", "mnist-adder"), Places(Path.Combine(s_root, "caches")).Cache);
    }

    [Theory]
    [InlineData("")]
    [InlineData("caches")]
    [InlineData("./caches")]
    public void A_relative_or_empty_cache_home_is_ignored(string cacheHome) =>
        Assert.Equal(Path.Combine(s_home, ".cache", "mnist-adder"), Places(cacheHome).Cache);

    [Fact]
    public void Without_a_home_nothing_is_cached() => Assert.Null(DatasetPlaces.FromEnvironment(_ => null).Cache);

    [Fact]
    public void The_folder_is_what_MNIST_DATA_names_unless_it_is_empty()
    {
        Assert.Equal("digits", DatasetPlaces.FromEnvironment(name => name == "MNIST_DATA" ? "digits" : null).Folder);
        Assert.Null(DatasetPlaces.FromEnvironment(_ => "").Folder);
    }

    private static DatasetPlaces Places(string? cacheHome) => DatasetPlaces.FromEnvironment(name => name switch
    {
        "XDG_CACHE_HOME" => cacheHome,
        "HOME" or "USERPROFILE" => s_home,
        _ => null,
    });
}
