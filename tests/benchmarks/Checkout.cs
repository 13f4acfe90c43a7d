namespace MnistAdder.Benchmarks;

/// <summary>Where the measured programs are.</summary>
internal static class Checkout
{
    // tests/benchmarks/bin/Release/net10.0/
    private static readonly DirectoryInfo s_output = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
    private static readonly string s_project = s_output.Parent!.Parent!.Parent!.FullName;

    private static readonly string s_root = Path.GetFullPath(Path.Combine(s_project, "..", ".."));

    public static string TrainingHost { get; } = Program("training/host", "MnistAdder.TrainingHost.dll");

    public static string ScoringHost { get; } = Program("serving/host", "mnist-adder.dll");

    public static string ScoringProgram { get; } = Program("serving/host", OperatingSystem.IsWindows() ? "mnist-adder.exe" : "mnist-adder");

    /// <summary>The release in the repository.</summary>
    public static string PretrainedModel { get; } = Path.Combine(s_root, "artifacts", "pretrained", "model.onnx");

    public static string PyTorchPeer { get; } = Path.Combine(s_project, "peers", "train_seed.py");

    private static string Program(string project, string file) =>
        Path.Combine(s_root, project, "bin", s_output.Parent!.Name, s_output.Name, file);
}
