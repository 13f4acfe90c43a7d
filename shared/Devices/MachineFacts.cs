using System.Globalization;
using System.Runtime.InteropServices;

namespace MnistAdder.Devices;

/// <summary>What this machine is.</summary>
/// <param name="OperatingSystem">Its operating system.</param>
/// <param name="Architecture">Of the process, for instance <c>X64</c>.</param>
/// <param name="Dotnet">The .NET runtime.</param>
/// <param name="Processor">The processor's name.</param>
/// <param name="Processors">Logical processors that this process may use.</param>
/// <param name="MemoryBytes">Memory that this process may use.</param>
/// <param name="Libstdcxx">The newest symbol version of the system's libstdc++, for instance <c>3.4.30</c>; null where there is none.</param>
internal sealed record MachineFacts(
    string OperatingSystem, string Architecture, string Dotnet, string Processor, int Processors, long MemoryBytes, Version? Libstdcxx)
{
    /// <summary>Looks around.</summary>
    public static MachineFacts Here() => new(
        RuntimeInformation.OSDescription,
        RuntimeInformation.ProcessArchitecture.ToString(),
        RuntimeInformation.FrameworkDescription,
        ProcessorName(),
        Environment.ProcessorCount,
        MemoryOfProcess(),
        System.OperatingSystem.IsLinux() ? LibstdcxxVersion.Find(LibrarySearch.OfSystem()) : null);

    /// <summary>Memory that this process may use, in bytes.</summary>
    public static long MemoryOfProcess() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>The processor's name, else its architecture.</summary>
    public static string ProcessorName()
    {
        const string linuxReport = "/proc/cpuinfo";
        string? line = File.Exists(linuxReport)
            ? File.ReadLines(linuxReport).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal))
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        string name = line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "";
        return name.Length > 0 ? name : RuntimeInformation.ProcessArchitecture.ToString();
    }

    /// <summary>A size of memory as people read it, for instance <c>23.4 GiB</c>.</summary>
    public static string Gibibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB");
}
