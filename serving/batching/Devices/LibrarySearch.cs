using System.ComponentModel;
using System.Diagnostics;

namespace MnistAdder.OnnxBatching.Devices;

/// <summary>Looks for native libraries on Linux, where the loader looks and where else they are often left.</summary>
internal sealed class LibrarySearch
{
    private const string PathVariable = "LD_LIBRARY_PATH";
    private static readonly string[] s_cacheTools = ["/sbin/ldconfig", "/usr/sbin/ldconfig"];

    // Searched by the loader itself.
    private static readonly string[] s_standardFolders = ["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"];

    // Where NVIDIA's installers leave CUDA without always telling the loader.
    private static readonly string[] s_otherFolders =
        ["/usr/local/cuda/lib64", "/usr/local/cuda-12/lib64", "/usr/local/cuda/targets/x86_64-linux/lib", "/opt/cuda/lib64", "/usr/lib/wsl/lib"];

    private readonly IReadOnlyList<string> _loaderFolders;
    private readonly IReadOnlyDictionary<string, string> _loaderCache;
    private readonly IReadOnlyList<string> _otherFolders;

    /// <summary>A search in given places.</summary>
    /// <param name="loaderFolders">Folders that the loader searches, the first one first.</param>
    /// <param name="loaderCache">The loader's own list: names and files.</param>
    /// <param name="otherFolders">Folders that it doesn't search.</param>
    public LibrarySearch(IReadOnlyList<string> loaderFolders, IReadOnlyDictionary<string, string> loaderCache, IReadOnlyList<string> otherFolders)
    {
        _loaderFolders = loaderFolders;
        _loaderCache = loaderCache;
        _otherFolders = otherFolders;
    }

    /// <summary>What this program's native libraries find: beside the program, then in the system.</summary>
    public static LibrarySearch OfProgram() => new(
        [.. NativeFolders(AppContext.BaseDirectory), .. VariableFolders(), .. s_standardFolders], ReadCache(), s_otherFolders);

    /// <summary>What any program of this system finds.</summary>
    public static LibrarySearch OfSystem() => new([.. VariableFolders(), .. s_standardFolders], ReadCache(), []);

    /// <summary>The folders of a .NET program that hold native libraries: its own and those of its platforms.</summary>
    /// <param name="programFolder">The program's folder.</param>
    public static IEnumerable<string> NativeFolders(string programFolder)
    {
        yield return programFolder;
        string runtimes = Path.Combine(programFolder, "runtimes");
        if (!Directory.Exists(runtimes))
            yield break;
        foreach (string platform in Directory.EnumerateDirectories(runtimes).Order(StringComparer.Ordinal))
            yield return Path.Combine(platform, "native");
    }

    /// <summary>Looks for a library.</summary>
    /// <param name="name">Its exact file name.</param>
    public LibraryLocation Find(string name)
    {
        if (FindIn(_loaderFolders, name) is { } found)
            return new LibraryLocation(name, found, IsLoadable: true);
        if (_loaderCache.TryGetValue(name, out string? cached) && File.Exists(cached))
            return new LibraryLocation(name, cached, IsLoadable: true);
        return new LibraryLocation(name, FindIn(_otherFolders, name), IsLoadable: false);
    }

    private static string? FindIn(IReadOnlyList<string> folders, string name) =>
        folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static string[] VariableFolders() =>
        Environment.GetEnvironmentVariable(PathVariable)?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [];

    // Its lines: "<tab>libz.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libz.so.1". The first of a name is the one that is loaded;
    // systems without glibc have no such list.
    private static Dictionary<string, string> ReadCache()
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Array.Find(s_cacheTools, File.Exists) is not { } tool)
            return files;
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(tool, "-p") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            while (process.StandardOutput.ReadLine() is { } line)
            {
                string[] sides = line.Split(" => ");
                if (sides.Length == 2 && (!Environment.Is64BitProcess || !sides[0].EndsWith("(libc6)", StringComparison.Ordinal)))
                    files.TryAdd(sides[0].Trim().Split(' ')[0], sides[1].Trim());
            }
        }
        catch (Win32Exception)
        {
            // A tool that this user must not run leaves the folders.
        }

        return files;
    }
}

/// <summary>Where a native library is.</summary>
/// <param name="Name">Its file name, for instance <c>libcudnn.so.9</c>.</param>
/// <param name="Path">Its file; null where it isn't found.</param>
/// <param name="IsLoadable">Whether the loader looks there: a library in a folder that it doesn't search is as good as none.</param>
internal sealed record LibraryLocation(string Name, string? Path, bool IsLoadable);
