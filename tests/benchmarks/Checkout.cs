namespace MnistAdder.Benchmarks;

/// <summary>Where the measured programs are.</summary>
internal static class Checkout
{
    // tests/benchmarks/bin/Release/net10.0/
    private static readonly DirectoryInfo s_output = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
    private static readonly string s_project = s_output.Parent!.Parent!.Parent!.FullName;

    public static string TrainingHost { get; } =
        Path.Combine(s_project, "..", "..", "training", "host", "bin", s_output.Parent!.Name, s_output.Name, "MnistAdder.Training.dll");

    public static string PyTorchPeer { get; } = Path.Combine(s_project, "peers", "train_seed.py");
}
