using System.Text.Json;
using MnistAdder.Commands;

namespace MnistAdder.EndToEnd.Tests;

public sealed class DoctorCommandTests
{
    [Fact]
    public void The_trainers_doctor_computes_with_both_runtimes_on_the_processor()
    {
        using RunningProgram run = RunningProgram.Run(Programs.TrainingHost, "doctor", "--json");

        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        JsonElement root = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal("MnistAdder.Training", root.GetProperty("program").GetProperty("name").GetString());
        Assert.StartsWith("0.107.", root.GetProperty("runtimes").GetProperty("torchSharp").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("2.10.", root.GetProperty("runtimes").GetProperty("libtorch").GetString(), StringComparison.Ordinal);
        Assert.Equal(["libtorch", "ONNX Runtime"], OnCpu(root).Select(computation => computation.GetProperty("runtime").GetString()));
        Assert.All(OnCpu(root), computation => Assert.Equal("ok", computation.GetProperty("status").GetString()));
        Assert.True(root.GetProperty("healthy").GetBoolean());
    }

    [Fact]
    public void The_trainers_table_has_its_own_runtimes_lines()
    {
        using RunningProgram run = RunningProgram.Run(Programs.TrainingHost, "doctor");

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.All(
            (string[])["program", "TorchSharp", "ONNX Runtime", "NVIDIA driver", "libcudnn.so.9", "libtorch on cpu", "libtorch on cuda", "ONNX Runtime on cpu", "ONNX Runtime on cuda"],
            name => Assert.Contains($"\n{name}  ", "\n" + run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void What_an_engine_gave_to_the_task_is_used_and_shown()
    {
        using RunningProgram run = RunningProgram.Start(
            Programs.ScoringHost, ["doctor"], new Dictionary<string, string> { ["SLURM_CPUS_PER_TASK"] = "1", ["SLURM_ARRAY_TASK_ID"] = "7", ["CUDA_VISIBLE_DEVICES"] = "3" });
        run.WaitForExit();
        Assert.Matches(@"\nprocessor +.*, 1 to use of \d+\n", run.Output);
        Assert.Matches(@"\nmemory +[\d.]+ GiB to use of [\d.]+ GiB\n", run.Output);
        Assert.Matches(@"\ngiven +SLURM_ARRAY_TASK_ID=7, SLURM_CPUS_PER_TASK=1, CUDA_VISIBLE_DEVICES=3\n", run.Output);
    }

    [Theory]
    [InlineData(8, null, 8)]
    [InlineData(8, "3", 3)]
    [InlineData(2, "3", 2)]
    [InlineData(2, "0", 2)]
    [InlineData(2, "many", 2)]
    public void Slurm_gives_no_more_processors_than_there_are(int usable, string? given, int expected) => Assert.Equal(expected, ThisMachine.ProcessorsOf(usable, given));

    [Fact]
    public void The_scorers_doctor_runs_the_model_that_ships_with_it()
    {
        using RunningProgram run = RunningProgram.Run(Programs.ScoringHost, "doctor", "--json");

        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        JsonElement root = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(JsonValueKind.Null, root.GetProperty("runtimes").GetProperty("torchSharp").ValueKind);
        Assert.Equal("ok", Assert.Single(OnCpu(root)).GetProperty("status").GetString());
    }

    [RunsOnCuda]
    public void Both_doctors_list_the_gpu_and_compute_on_it()
    {
        foreach (string program in (string[])[Programs.TrainingHost, Programs.ScoringHost])
        {
            using RunningProgram run = RunningProgram.Run(program, "doctor", "--json");

            JsonElement root = JsonDocument.Parse(run.Output).RootElement;
            Assert.Equal("cuda", root.GetProperty("program").GetProperty("accelerator").GetString());
            Assert.NotEmpty(root.GetProperty("nvidiaDriver").GetProperty("devices").EnumerateArray());
            Assert.All(root.GetProperty("cudaLibraries").EnumerateArray(), library => Assert.True(library.GetProperty("isLoadable").GetBoolean(), library.ToString()));
            Assert.All(root.GetProperty("computations").EnumerateArray(), computation => Assert.Equal("ok", computation.GetProperty("status").GetString()));
            Assert.Equal(ExitCodes.Done, run.ExitCode);
        }
    }

    [RunsOnCuda]
    public void The_released_model_reads_its_samples_on_a_gpu_as_on_the_processor()
    {
        string[] Score(string provider)
        {
            using RunningProgram run = RunningProgram.Run(Programs.ScoringHost, "score", "artifacts/pretrained/samples/samples.csv", "--provider", provider);
            Assert.Equal(ExitCodes.Done, run.ExitCode);
            Assert.Contains($"provider {provider}", run.Error, StringComparison.Ordinal);
            // path, number, digit, confidence, sum, confidence: the answers without how sure they are.
            return [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')).Select(row => $"{row[0]},{row[1]},{row[2]},{row[4]}")];
        }

        Assert.Equal(Score("cpu"), Score("cuda"));
    }

    private static IEnumerable<JsonElement> OnCpu(JsonElement root) =>
        root.GetProperty("computations").EnumerateArray().Where(computation => computation.GetProperty("device").GetString() == "cpu");
}
