using System.Globalization;
using MnistAdder.Commands;

namespace MnistAdder.EndToEnd.Tests;

public sealed class TwoTrainersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_second_trainer_in_a_folder_is_refused_until_the_first_has_gone_even_by_kill_9()
    {
        string output = _folder["out"];
        using RunningProgram first = Train("--recipe", "seed", "--limit", "1500", "--epochs", "500", "--batch-size", "16", "--output", output);
        first.WaitForFile(Path.Combine(output, "checkpoint", "epoch-0000.safetensors"));

        using RunningProgram second = Train("--limit", "20", "--epochs", "1", "--output", output);
        second.WaitForExit();
        string expected = string.Create(
            CultureInfo.InvariantCulture, $"error: {output} is in use by another trainer (process {first.Id}); wait for it or choose another --output.\n");
        Assert.Equal((ExitCodes.Failed, expected), (second.ExitCode, second.Error));

        first.Signal(RunningProgram.Kill);
        first.WaitForExit();
        using RunningProgram third = Train("--limit", "20", "--epochs", "1", "--output", output, "--overwrite");
        third.WaitForExit();
        Assert.Equal((ExitCodes.Done, ""), (third.ExitCode, third.Error));
        Assert.True(File.Exists(Path.Combine(output, "model.onnx")));
        Assert.Empty(Directory.GetFiles(output, ".*"));
    }

    private static RunningProgram Train(params string[] arguments) =>
        RunningProgram.Start(Programs.TrainingHost, ["--dataset", "synthetic", "--threads", "1", .. arguments]);
}
