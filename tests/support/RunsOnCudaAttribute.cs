using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit.v3;

namespace MnistAdder.Tests.Support;

/// <summary>
/// A test of a CUDA path: skipped, with the reason, where there is no NVIDIA device or this build is not for it.
/// <c>--filter-trait "machine=cuda"</c> runs these alone.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RunsOnCudaAttribute : FactAttribute, ITraitAttribute
{
    public RunsOnCudaAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = Reason();

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("machine", "cuda")];

    private static string? Reason()
    {
        if (!File.Exists("/dev/nvidia0") && !File.Exists("/dev/dxg"))
            return "This machine has no NVIDIA device (/dev/nvidia0, or WSL's /dev/dxg).";
        string? accelerator = typeof(RunsOnCudaAttribute).Assembly
            .GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == "Accelerator").Value;
        return accelerator == "cuda" ? null : "These tests were built with -p:Accelerator=cpu.";
    }
}
