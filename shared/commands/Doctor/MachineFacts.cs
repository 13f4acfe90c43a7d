using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Commands.Doctor;

/// <summary>What this machine is.</summary>
/// <param name="OperatingSystem">Its operating system.</param>
/// <param name="Architecture">Of the process, for instance <c>X64</c>.</param>
/// <param name="Dotnet">The .NET runtime.</param>
/// <param name="Processor">The processor's name.</param>
/// <param name="Processors">Logical processors that this process uses.</param>
/// <param name="ProcessorsOfMachine">Those of the whole machine; null where the system doesn't tell.</param>
/// <param name="MultipliesBytes">Whether it has instructions that add up products of bytes.</param>
/// <param name="MemoryBytes">Memory that this process may use.</param>
/// <param name="MemoryBytesOfMachine">That of the whole machine; null where the system doesn't tell.</param>
/// <param name="Given">What an engine that runs this process as one of its tasks says of that, by variable.</param>
/// <param name="Libstdcxx">The newest symbol version of the system's libstdc++, for instance <c>3.4.30</c>; null where there is none.</param>
internal sealed record MachineFacts(
    string OperatingSystem, string Architecture, string Dotnet, string Processor, int Processors, int? ProcessorsOfMachine, bool MultipliesBytes, long MemoryBytes, long? MemoryBytesOfMachine,
    IReadOnlyDictionary<string, string> Given, Version? Libstdcxx)
{
    // Slurm, Kubernetes, AWS Batch, NVIDIA and .NET.
    private static readonly string[] s_variables =
    [
        "SLURM_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_CPUS_PER_TASK", "SLURM_MEM_PER_NODE", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX",
        "CUDA_VISIBLE_DEVICES", "DOTNET_PROCESSOR_COUNT", "DOTNET_GCHeapHardLimit",
    ];

    /// <summary>Looks around.</summary>
    public static MachineFacts Here() => new(
        RuntimeInformation.OSDescription,
        RuntimeInformation.ProcessArchitecture.ToString(),
        RuntimeInformation.FrameworkDescription,
        ThisMachine.ProcessorName(),
        ThisMachine.Processors,
        ThisMachine.ProcessorsOfMachine(),
        ThisMachine.MultipliesBytes,
        ThisMachine.MemoryOfProcess(),
        ThisMachine.MemoryOfMachine(),
        s_variables.Select(name => (name, value: Environment.GetEnvironmentVariable(name))).Where(variable => variable.value is not null).ToDictionary(variable => variable.name, variable => variable.value!),
        System.OperatingSystem.IsLinux() ? LibstdcxxVersion.Find(LibrarySearch.OfSystem()) : null);
}

/// <summary>How new a libstdc++ is: the greatest <c>GLIBCXX_3.4.x</c> among its symbol versions.</summary>
internal static class LibstdcxxVersion
{
    private static ReadOnlySpan<byte> Prefix => "GLIBCXX_3.4."u8;

    /// <summary>Of the library that a search finds.</summary>
    /// <returns>For instance 3.4.30; null where there is no libstdc++.</returns>
    public static Version? Find(LibrarySearch search) =>
        search.Find("libstdc++.so.6").Path is { } path ? Greatest(File.ReadAllBytes(path)) : null;

    /// <summary>Of a library's bytes.</summary>
    public static Version? Greatest(ReadOnlySpan<byte> library)
    {
        int greatest = -1;
        for (int at; (at = library.IndexOf(Prefix)) >= 0;)
        {
            library = library[(at + Prefix.Length)..];
            int digits = library.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            if (digits is > 0 and < 6)
                greatest = Math.Max(greatest, int.Parse(Encoding.ASCII.GetString(library[..digits]), CultureInfo.InvariantCulture));
        }

        return greatest < 0 ? null : new Version(3, 4, greatest);
    }
}
