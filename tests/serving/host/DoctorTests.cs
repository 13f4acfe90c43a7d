using System.Text.Json;
using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.Scoring.Tests;

public sealed class DoctorTests : IDisposable
{
    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_table_describes_this_machine_and_a_computation_on_its_processor()
    {
        CommandLineRun run = CommandLineRun.Of("doctor", "--model", _folder.Model);

        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        string[] names =
        [
            "program", "operating system", ".NET", "processor", "8-bit integers", "memory", "libstdc++", "ML.NET", "ONNX Runtime", "NVIDIA driver", "libcudart.so.12",
            "libcublas.so.12", "libcublasLt.so.12", "libcufft.so.11", "libcurand.so.10", "libnvrtc.so.12", "libcudnn.so.9", "ONNX Runtime on cpu", "ONNX Runtime on cuda",
        ];
        string[] lines = run.Output.Split(Environment.NewLine);
        Assert.All(names, name => Assert.Contains(lines, line => line.StartsWith($"{name}  ", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.StartsWith("ONNX Runtime on cpu   ok, ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_json_holds_this_machines_own_values()
    {
        CommandLineRun run = CommandLineRun.Of("doctor", "--model", _folder.Model, "--json");

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        JsonElement root = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal("mnist-adder", root.GetProperty("program").GetProperty("name").GetString());
        Assert.Contains(root.GetProperty("program").GetProperty("accelerator").GetString(), (string[])["cpu", "cuda"]);
        Assert.Equal(ThisMachine.Processors, root.GetProperty("machine").GetProperty("processors").GetInt32());
        Assert.Equal(Environment.Version.ToString(), root.GetProperty("machine").GetProperty("dotnet").GetString()!.Split(' ')[^1]);
        Assert.Contains("CPUExecutionProvider", root.GetProperty("runtimes").GetProperty("onnxRuntimeProviders").EnumerateArray().Select(name => name.GetString()));
        JsonElement computed = root.GetProperty("computations")[0];
        Assert.Equal(("cpu", "ok"), (computed.GetProperty("device").GetString(), computed.GetProperty("status").GetString()));
        Assert.True(computed.GetProperty("milliseconds").GetDouble() > 0);
    }

    [Fact]
    public void A_model_that_does_not_run_is_a_failed_computation_and_exit_1()
    {
        CommandLineRun run = CommandLineRun.Of("doctor", "--model", _folder.Write("text.onnx", "this is no model"));

        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.StartsWith("error: ONNX Runtime on cpu doesn't compute: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("text.onnx", run.Error, StringComparison.Ordinal);
        Assert.Contains("ONNX Runtime on cpu   FAILED: ", run.Output, StringComparison.Ordinal);
    }
}
