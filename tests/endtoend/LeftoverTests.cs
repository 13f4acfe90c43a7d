using System.Diagnostics;
using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>What a program that was killed left beside its outputs, and where a bare name's output goes.</summary>
public sealed class LeftoverTests : IDisposable
{
    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Import_removes_what_a_killed_one_left()
    {
        using Process dead = Process.Start("true");
        dead.WaitForExit();
        Directory.CreateDirectory(_folder["out"]);
        string[] left =
        [
            .. new[] { "out/model.onnx", "out/model.zip", "out/weights.safetensors", "more.safetensors" }.Select(name => _folder.Write($"{name}.{dead.Id}@{AtomicFile.Machine}.tmp", "")),
        ];
        string weights = Path.Combine(Repository.Root, "artifacts", "pretrained", "weights.safetensors");
        using RunningProgram import = RunningProgram.Run(
            Programs.TrainingHost,
            "import", weights, "--dataset", "synthetic", "--limit", "60", "--threads", "1", "--output", _folder["out"], "--weights", _folder["more.safetensors"]);
        Assert.Equal((ExitCodes.Done, ""), (import.ExitCode, import.Error));
        Assert.All(left, file => Assert.False(File.Exists(file), file));
    }

    [Fact]
    public void A_link_by_its_bare_name_is_followed_in_the_working_directory()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Symbolic links take a right of their own on Windows.");
        File.CreateSymbolicLink(_folder["link"], "target");
        using RunningProgram score = InFolder(Programs.ScoringHost, "score", _folder.WriteRows(1), "--model", _folder.Model, "--provider", "cpu", "-q", "-o", "link");
        Assert.Equal((ExitCodes.Done, ""), (score.ExitCode, score.Error));
        Assert.StartsWith("path,", File.ReadAllText(_folder["target"]), StringComparison.Ordinal);
        using RunningProgram sheet = InFolder(Programs.TrainingHost, "sheet", "link", "--columns", "1");
        Assert.Equal((ExitCodes.Done, ""), (sheet.ExitCode, sheet.Error));
        Assert.Equal("PNG"u8, File.ReadAllBytes(_folder["target"]).AsSpan(1, 3));
        Assert.NotNull(new FileInfo(_folder["link"]).LinkTarget);
    }

    private RunningProgram InFolder(string program, params string[] arguments)
    {
        RunningProgram run = RunningProgram.StartCommand("dotnet", [program, .. arguments], folder: _folder.Path);
        run.WaitForExit();
        return run;
    }
}
