using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MnistAdder;

/// <summary>What reports say of the machine and of what is installed on it.</summary>
internal static class ThisMachine
{
    /// <summary>Memory that this process may use, in bytes.</summary>
    public static long MemoryOfProcess() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>
    /// Logical processors that this process is to use: those that affinity and control groups leave it, and no more than Slurm gave the task
    /// where it keeps no other tasks from its processors.
    /// </summary>
    public static int Processors { get; } = ProcessorsOf(Environment.ProcessorCount, Environment.GetEnvironmentVariable("SLURM_CPUS_PER_TASK"));

    /// <summary>The same.</summary>
    /// <param name="usable">What the system leaves.</param>
    /// <param name="given">What Slurm says, if anything.</param>
    public static int ProcessorsOf(int usable, string? given) =>
        int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out int most) && most > 0 ? Math.Min(usable, most) : usable;

    /// <summary>Logical processors of the whole machine; null where the system doesn't tell.</summary>
    public static int? ProcessorsOfMachine()
    {
        const string processors = "/proc/stat"; // a line for all together, then one for each
        return File.Exists(processors) ? File.ReadLines(processors).Count(line => line.StartsWith("cpu", StringComparison.Ordinal)) - 1 : null;
    }

    /// <summary>Memory of the whole machine in bytes; null where the system doesn't tell.</summary>
    public static long? MemoryOfMachine()
    {
        const string report = "/proc/meminfo", total = "MemTotal:";
        string? line = File.Exists(report) ? File.ReadLines(report).FirstOrDefault(line => line.StartsWith(total, StringComparison.Ordinal)) : null;
        return line is null ? null : 1024 * long.Parse(line[total.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }

    /// <summary>The processor's name, else its architecture; on Linux with family and model where a virtual machine hides the number in the name.</summary>
    public static string ProcessorName()
    {
        const string linuxReport = "/proc/cpuinfo";
        Dictionary<string, string> report = !File.Exists(linuxReport) ? [] : File.ReadLines(linuxReport)
            .TakeWhile(line => line.Length > 0) // the first of them
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
        string? name = report.GetValueOrDefault("model name") ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")?.Trim();
        if (string.IsNullOrEmpty(name))
            return RuntimeInformation.ProcessArchitecture.ToString();
        return name.Any(char.IsAsciiDigit) || !report.TryGetValue("cpu family", out string? family) ? name : $"{name} (family {family}, model {report["model"]})";
    }

    /// <summary>
    /// Whether the processor has instructions that add up products of bytes (AVX-VNNI, AVX512-VNNI, Arm's dot products), without which models in
    /// 8-bit integers may be slower than those in floats.
    /// </summary>
    public static bool MultipliesBytes { get; } = AvxVnni.IsSupported || HasAvx512Vnni() || Dp.IsSupported;

    // Bit 11 of ECX, leaf 7.
    private static bool HasAvx512Vnni() => Avx512F.IsSupported && (X86Base.CpuId(7, 0).Ecx & (1 << 11)) != 0;

    /// <summary>A size of memory as people read it, for instance <c>23.4 GiB</c>.</summary>
    public static string Gibibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB");

    /// <summary>An assembly's version without the commit that may stand behind it, for instance <c>0.1.0</c>.</summary>
    public static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
