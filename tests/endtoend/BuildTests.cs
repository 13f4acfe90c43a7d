using System.Text.Json;

namespace MnistAdder.EndToEnd.Tests;

public sealed class BuildTests
{
    private static readonly string[] s_gpuPackages = ["TorchSharp-cuda-linux", "Microsoft.ML.OnnxRuntime.Gpu", "TorchSharp.PyBridge"];

    [Theory]
    [InlineData("training/host training/pipeline", "cuda", "TorchSharp-cuda-linux Microsoft.ML.OnnxRuntime.Gpu TorchSharp.PyBridge")]
    [InlineData("training/host training/pipeline", "cpu", "")]
    [InlineData("serving/host", "cuda", "Microsoft.ML.OnnxRuntime.Gpu")]
    [InlineData("serving/host", "cpu", "")]
    public void Each_host_takes_just_its_gpu_packages_and_only_in_the_cuda_build(string projects, string accelerator, string expected)
    {
        string[] packages = [.. projects.Split(' ').SelectMany(project => PackagesOf(project, $"-p:Accelerator={accelerator}").Keys)];
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), packages.Intersect(s_gpuPackages).Order());
        Assert.Equal(accelerator == "cpu", packages.Contains("Microsoft.ML.OnnxRuntime"));
    }

    [Fact]
    public void PyBridge_can_be_had_without_cuda() =>
        Assert.Contains("TorchSharp.PyBridge", PackagesOf("training/pipeline", "-p:PyBridge=true").Keys);

    [Fact]
    public void The_build_of_this_machine_restored_no_gpu_package_unless_it_has_the_device()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidia0") || File.Exists("/dev/dxg"), "This machine has an NVIDIA device.");
        foreach (string project in (string[])["training/host", "serving/host"])
        {
            using JsonDocument assets = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, project, "obj", "project.assets.json")));
            string[] restored = [.. assets.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name.Split('/')[0])];
            Assert.NotEmpty(restored);
            Assert.Empty(restored.Intersect(s_gpuPackages));
        }
    }

    [Fact]
    public void An_unknown_accelerator_stops_the_build_with_its_name()
    {
        using RunningProgram build = RunningProgram.StartCommand(
            "dotnet", ["msbuild", Path.Combine(Repository.Root, "shared"), "-t:CheckAccelerator", "-p:Accelerator=rocm", "-nologo"]);
        build.WaitForExit();
        Assert.NotEqual(0, build.ExitCode);
        Assert.Contains("'rocm'", build.Output, StringComparison.Ordinal);
    }

    private static Dictionary<string, JsonElement> PackagesOf(string project, string property)
    {
        using RunningProgram evaluation = RunningProgram.StartCommand(
            "dotnet", ["msbuild", Path.Combine(Repository.Root, project), "-getItem:PackageReference", property]);
        evaluation.WaitForExit();
        Assert.Equal(0, evaluation.ExitCode);
        JsonElement items = JsonDocument.Parse(evaluation.Output).RootElement.GetProperty("Items").GetProperty("PackageReference");
        return items.EnumerateArray().ToDictionary(item => item.GetProperty("Identity").GetString()!);
    }
}
