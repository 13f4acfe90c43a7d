namespace MnistAdder.Training.Data.Sources;

/// <summary>Where digits are on this machine.</summary>
/// <param name="Folder">The folder that <c>MNIST_DATA</c> names; <see langword="null"/> where it is unset or empty.</param>
/// <param name="Cache">The folder that downloads are kept in; <see langword="null"/> where the user has no home.</param>
internal sealed record DatasetPlaces(string? Folder, string? Cache)
{
    /// <summary>The environment variable that names a folder of IDX files.</summary>
    public const string FolderVariable = "MNIST_DATA";

    /// <summary>Reads both from environment variables.</summary>
    /// <param name="variable">A variable's value by its name, or <see langword="null"/>.</param>
    /// <returns>The folder and the cache, <c>$XDG_CACHE_HOME/mnist-adder</c> or else <c>~/.cache/mnist-adder</c>.</returns>
    /// <remarks>
    /// Source: XDG Base Directory Specification 0.8: a relative path in <c>XDG_CACHE_HOME</c> is invalid and must be ignored.
    /// </remarks>
    public static DatasetPlaces FromEnvironment(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        string? folder = variable(FolderVariable);
        return new DatasetPlaces(string.IsNullOrEmpty(folder) ? null : folder, CacheFolder(variable));
    }

    private static string? CacheFolder(Func<string, string?> variable)
    {
        if (variable("XDG_CACHE_HOME") is { } caches && Path.IsPathFullyQualified(caches))
            return Path.Combine(caches, "mnist-adder");
        string? home = variable(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME");
        return home is not null && Path.IsPathFullyQualified(home) ? Path.Combine(home, ".cache", "mnist-adder") : null;
    }
}
