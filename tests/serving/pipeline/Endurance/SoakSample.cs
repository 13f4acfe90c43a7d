using System.Diagnostics;

namespace MnistAdder.Serving.Tests.Endurance;

/// <summary>What a process holds after so many predictions.</summary>
/// <param name="Predictions">Since the start.</param>
/// <param name="Elapsed">Since the start.</param>
/// <param name="ManagedBytes">Objects that are alive, after a full collection.</param>
/// <param name="WorkingSet">Memory of the whole process in bytes.</param>
/// <param name="Handles">Open file descriptors, or Windows' handles.</param>
internal sealed record SoakSample(int Predictions, TimeSpan Elapsed, long ManagedBytes, long WorkingSet, int Handles)
{
    public static SoakSample Take(int predictions, TimeSpan elapsed)
    {
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        int handles = OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Length : process.HandleCount;
        return new SoakSample(predictions, elapsed, managed, process.WorkingSet64, handles);
    }
}
