using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>ONNX Runtime's telemetry, which leaves a device's id and a database in the user's folder.</summary>
public sealed class TelemetryTests : IDisposable
{
    private readonly ScoringFolder _folder = new();

    public TelemetryTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "On Windows it writes no files.");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_long_run_of_scoring_leaves_nothing_in_the_users_folder() => Assert.Empty(FilesLeftBy(Score(), turnedOff: null));

    [Fact]
    public void A_training_run_leaves_nothing_in_the_users_folder() => Assert.Empty(FilesLeftBy(
        (Programs.TrainingHost, ["--dataset", "synthetic", "--limit", "60", "--epochs", "1", "--threads", "1", "--quiet", "--output", _folder["run"]]), turnedOff: null));

    [Fact]
    public void Whoever_wants_it_says_so_by_the_variable()
    {
        string[] files = FilesLeftBy(Score(), turnedOff: "0");
        Assert.SkipWhen(files.Length == 0, "This build of ONNX Runtime keeps no files for its telemetry: the other tests here show nothing.");
        Assert.Contains(files, file => file.Contains("onnxruntime", StringComparison.Ordinal));
    }

    private (string Program, string[] Arguments) Score() => (
        Programs.ScoringHost,
        ["score", _folder.WriteRows(20_000), "-o", _folder.Output, "--model", _folder.Model, "--provider", "cpu", "--quiet"]);

    private string[] FilesLeftBy((string Program, string[] Arguments) command, string? turnedOff)
    {
        string home = Directory.CreateDirectory(_folder["home"]).FullName;
        var variables = new Dictionary<string, string> { ["HOME"] = home, ["XDG_CACHE_HOME"] = Path.Combine(home, ".cache") };
        if (turnedOff is not null)
            variables["ORT_DISABLE_TELEMETRY"] = turnedOff;
        using RunningProgram run = RunningProgram.Start(command.Program, command.Arguments, variables);
        run.WaitForExit();
        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        return Directory.GetFiles(home, "*", SearchOption.AllDirectories);
    }
}
