namespace MnistAdder.Training.Devices;

/// <summary>What kind of libtorch lies beside this program.</summary>
internal static class NativeBuild
{
    /// <summary>Whether libtorch's CUDA half was built in (<c>-p:Accelerator=cuda</c>).</summary>
    public static bool HasCuda { get; } =
        Probes().Any(folder => File.Exists(Path.Combine(folder, "libtorch_cuda.so")) || File.Exists(Path.Combine(folder, "torch_cuda.dll")));

    private static IEnumerable<string> Probes()
    {
        yield return AppContext.BaseDirectory;
        string runtimes = Path.Combine(AppContext.BaseDirectory, "runtimes");
        if (Directory.Exists(runtimes))
        {
            foreach (string platform in Directory.EnumerateDirectories(runtimes))
                yield return Path.Combine(platform, "native");
        }
    }
}
