using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace MnistAdder;

/// <summary>What reports say of the machine and of what is installed on it.</summary>
internal static class ThisMachine
{
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

    /// <summary>An assembly's version without the commit that may stand behind it, for instance <c>0.1.0</c>.</summary>
    public static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
