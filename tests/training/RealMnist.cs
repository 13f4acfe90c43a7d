namespace MnistAdder.Training.Tests;

/// <summary>The four files of MNIST, which are not part of the repository: tests that need them are skipped where they are absent.</summary>
internal static class RealMnist
{
    /// <summary>The folder of <c>MNIST_DATA</c>, else <c>../shared/mnist</c> beside the repository; skips the test if it isn't there.</summary>
    public static string FolderOrSkip()
    {
        string folder = Environment.GetEnvironmentVariable("MNIST_DATA") ?? Path.Combine(RepositoryRoot(), "..", "shared", "mnist");
        Assert.SkipUnless(Directory.Exists(folder), $"There is no MNIST in {folder}.");
        return folder;
    }

    private static string RepositoryRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "global.json")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} is the repository's.");
    }
}
