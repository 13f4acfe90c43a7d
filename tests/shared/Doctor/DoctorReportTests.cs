using System.Text.Json;
using MnistAdder.Commands;
using MnistAdder.Commands.Doctor;
using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Tests.Doctor;

public class DoctorReportTests
{
    private static readonly NvidiaDriver s_driver = new(new Version(12, 8), [new NvidiaDevice("NVIDIA A", 24L << 30), new NvidiaDevice("NVIDIA B", 8L << 30)], null);

    [Fact]
    public void The_table_has_a_line_for_each_device_library_and_computation()
    {
        string[] lines = Print(Report(s_driver, Computation.Try("libtorch", "cuda", () => "matrix product right")), asJson: false).Lines;

        Assert.Contains("program           mnist-adder 1.2.3, built for cuda", lines);
        Assert.Contains("libstdc++         GLIBCXX_3.4.30", lines);
        Assert.Contains("ONNX Runtime      1.26.0, CUDAExecutionProvider, CPUExecutionProvider", lines);
        Assert.Contains("NVIDIA driver     CUDA 12.8", lines);
        Assert.Contains("NVIDIA device 0   NVIDIA A, 24.0 GiB", lines);
        Assert.Contains("NVIDIA device 1   NVIDIA B, 8.0 GiB", lines);
        Assert.Contains("libcudart.so.12   /cuda/libcudart.so.12", lines);
        Assert.Contains("libcudnn.so.9     /left/libcudnn.so.9, where the loader doesn't look (LD_LIBRARY_PATH)", lines);
        Assert.Contains("libcufft.so.11    not found", lines);
        Assert.Contains(lines, line => line.StartsWith("libtorch on cuda  ok, ", StringComparison.Ordinal) && line.EndsWith(" ms: matrix product right", StringComparison.Ordinal));
    }

    [Fact]
    public void A_computation_that_fails_is_named_on_standard_error_and_ends_with_1()
    {
        Computation failed = Computation.Try("ONNX Runtime", "cuda", () => throw new InvalidOperationException("CUDA failure 35\nat line 2"));

        (int exitCode, string[] lines, string error) = Print(Report(s_driver, failed), asJson: false);

        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Equal("error: ONNX Runtime on cuda doesn't compute: CUDA failure 35" + Environment.NewLine, error);
        Assert.Contains("ONNX Runtime on cuda  FAILED: CUDA failure 35", lines);
    }

    [Fact]
    public void A_native_library_that_is_missing_is_named_instead_of_the_class_that_wanted_it()
    {
        Computation failed = Computation.Try("libtorch", "cpu", () => throw new TypeInitializationException("torch", new DllNotFoundException("libtorch.so is gone")));

        Assert.Equal((ComputationStatus.Failed, "libtorch.so is gone"), (failed.Status, failed.Detail));
    }

    [Fact]
    public void A_machine_without_a_gpu_is_healthy_and_says_so_in_each_line()
    {
        Computation absent = Computation.TryCuda("libtorch", missing: null, driver: null, () => throw new InvalidOperationException("must not be tried"));

        (int exitCode, string[] lines, string error) = Print(Report(null, absent), asJson: false);

        Assert.Equal((ExitCodes.Done, ""), (exitCode, error));
        Assert.Contains("NVIDIA driver     none (libcuda.so.1 is not installed)", lines);
        Assert.Contains("libtorch on cuda  none here: no NVIDIA driver (libcuda.so.1) with a device answers on this machine", lines);
    }

    [Fact]
    public void A_build_for_the_cpu_does_not_try_the_gpu_that_is_there()
    {
        Computation absent = Computation.TryCuda("libtorch", missing: "another package has it", s_driver, () => throw new InvalidOperationException("must not be tried"));

        Assert.Equal(
            (ComputationStatus.Absent, "this build has libtorch for the CPU only (another package has it)"), (absent.Status, absent.Detail));
    }

    [Fact]
    public void A_gpu_whose_driver_is_too_old_is_tried_and_fails_with_the_programs_own_reason()
    {
        NvidiaDriver old = s_driver with { CudaVersion = new Version(11, 4) };

        Computation failed = Computation.TryCuda("libtorch", missing: null, old, () => throw new InvalidOperationException("the driver is too old"));

        Assert.Equal((ComputationStatus.Failed, "the driver is too old"), (failed.Status, failed.Detail));
    }

    [Fact]
    public void The_json_is_one_object_with_names_that_programs_can_rely_on()
    {
        (int exitCode, string[] lines, _) = Print(Report(s_driver, Computation.Try("libtorch", "cpu", () => "right")), asJson: true);

        Assert.Equal(ExitCodes.Done, exitCode);
        JsonElement root = JsonDocument.Parse(string.Join('\n', lines)).RootElement;
        Assert.Equal(
            ["program", "machine", "runtimes", "nvidiaDriver", "cudaLibraries", "computations", "healthy"],
            root.EnumerateObject().Select(property => property.Name));
        Assert.Equal("cuda", root.GetProperty("program").GetProperty("accelerator").GetString());
        Assert.Equal("1.26.0", root.GetProperty("runtimes").GetProperty("onnxRuntime").GetString());
        Assert.Equal("5.0.1", root.GetProperty("runtimes").GetProperty("mlNet").GetString());
        Assert.Equal("3.4.30", root.GetProperty("machine").GetProperty("libstdcxx").GetString());
        Assert.Equal("12.8", root.GetProperty("nvidiaDriver").GetProperty("cudaVersion").GetString());
        Assert.Equal("NVIDIA B", root.GetProperty("nvidiaDriver").GetProperty("devices")[1].GetProperty("name").GetString());
        Assert.False(root.GetProperty("cudaLibraries")[1].GetProperty("isLoadable").GetBoolean());
        Assert.Equal("ok", root.GetProperty("computations")[0].GetProperty("status").GetString());
        Assert.True(root.GetProperty("computations")[0].GetProperty("milliseconds").GetDouble() >= 0);
        Assert.True(root.GetProperty("healthy").GetBoolean());
    }

    [Theory]
    [InlineData(true, "products added up by the processor")]
    [InlineData(false, "no VNNI: quantised models may be slower than float ones")]
    public void It_says_whether_the_processor_adds_up_products_of_bytes(bool multiplies, string expected)
    {
        DoctorReport report = Report(null, Computation.Try("a", "cpu", () => ""));
        report = report with { Machine = report.Machine with { MultipliesBytes = multiplies } };
        Assert.Contains($"8-bit integers    {expected}", Print(report, asJson: false).Lines);
    }

    [Fact]
    public void It_says_what_of_the_machine_is_to_use_and_what_an_engine_gave()
    {
        DoctorReport report = Report(null, Computation.Try("a", "cpu", () => ""));
        string[] lines = Print(report, asJson: false).Lines;
        Assert.Contains("processor         EPYC, 2 to use of 64", lines);
        Assert.Contains("memory            16.0 GiB to use of 256.0 GiB", lines);
        Assert.Contains("given             SLURM_CPUS_PER_TASK=2", lines);

        MachineFacts alone = report.Machine with { ProcessorsOfMachine = null, MemoryBytesOfMachine = null, Given = new Dictionary<string, string>() };
        lines = Print(report with { Machine = alone }, asJson: false).Lines;
        Assert.Contains("processor         EPYC, 2 to use", lines);
        Assert.Contains("memory            16.0 GiB", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("given", StringComparison.Ordinal));
    }

    private static DoctorReport Report(NvidiaDriver? driver, Computation computation) => new(
        new ProgramFacts("mnist-adder", "1.2.3", "cuda"),
        new MachineFacts("Debian 12", "X64", ".NET 10", "EPYC", 2, 64, true, 16L << 30, 256L << 30, new Dictionary<string, string> { ["SLURM_CPUS_PER_TASK"] = "2" }, new Version(3, 4, 30)),
        new RuntimeVersions("5.0.1", "1.26.0", ["CUDAExecutionProvider", "CPUExecutionProvider"]),
        driver,
        [
            new LibraryLocation("libcudart.so.12", "/cuda/libcudart.so.12", IsLoadable: true),
            new LibraryLocation("libcudnn.so.9", "/left/libcudnn.so.9", IsLoadable: false),
            new LibraryLocation("libcufft.so.11", null, IsLoadable: false),
        ],
        [computation]);

    private static (int ExitCode, string[] Lines, string Error) Print(DoctorReport report, bool asJson)
    {
        using StringWriter output = new(), error = new();
        int exitCode = report.Print(asJson, output, error);
        return (exitCode, output.ToString().Split(Environment.NewLine), error.ToString());
    }
}
