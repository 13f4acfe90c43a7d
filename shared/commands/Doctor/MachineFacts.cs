using System.Runtime.InteropServices;
using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Commands.Doctor;

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
        ThisMachine.ProcessorName(),
        Environment.ProcessorCount,
        ThisMachine.MemoryOfProcess(),
        System.OperatingSystem.IsLinux() ? LibstdcxxVersion.Find(LibrarySearch.OfSystem()) : null);
}
