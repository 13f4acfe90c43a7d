using System.Reflection;

namespace MnistAdder.Commands.Doctor;

/// <summary>What a program of this project is.</summary>
/// <param name="Name">Its assembly.</param>
/// <param name="Version">Its version.</param>
/// <param name="Accelerator">What it was built for: <c>cpu</c> or <c>cuda</c>.</param>
internal sealed record ProgramFacts(string Name, string Version, string Accelerator)
{
    /// <summary>Reads what the build wrote into an assembly.</summary>
    public static ProgramFacts Of(Assembly program) => new(
        program.GetName().Name!,
        ThisMachine.VersionOf(program),
        program.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(entry => entry.Key == "Accelerator")?.Value ?? "unknown");
}
