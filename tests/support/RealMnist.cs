namespace MnistAdder.Tests.Support;

/// <summary>The four files of MNIST, which are not part of the repository: tests that need them are skipped where they are absent.</summary>
internal static class RealMnist
{
    /// <summary>
    /// The folder of <c>MNIST_DATA</c>, else <c>../shared/mnist</c> beside the repository, else the user's cache; skips the test
    /// where none of them is there.
    /// </summary>
    public static string FolderOrSkip()
    {
        string caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        string?[] places =
        [
            Environment.GetEnvironmentVariable("MNIST_DATA"),
            Path.Combine(Repository.Root, "..", "shared", "mnist"),
            Path.Combine(caches, "mnist-adder"),
        ];
        string? folder = places.FirstOrDefault(Directory.Exists);
        Assert.SkipWhen(folder is null, $"MNIST is in none of {string.Join(", ", places.OfType<string>())}.");
        return folder!;
    }
}
