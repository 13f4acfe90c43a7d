using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Commands.Doctor;

/// <summary>Everything that a bug report needs to say of a program and its machine.</summary>
/// <param name="Program">The program.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Runtimes">What computes.</param>
/// <param name="NvidiaDriver">NVIDIA's driver; null where there is none.</param>
/// <param name="CudaLibraries">The libraries of CUDA and cuDNN that ONNX Runtime wants, found or not.</param>
/// <param name="Computations">A computation for each runtime and device.</param>
internal sealed record DoctorReport(
    ProgramFacts Program,
    MachineFacts Machine,
    RuntimeVersions Runtimes,
    NvidiaDriver? NvidiaDriver,
    IReadOnlyList<LibraryLocation> CudaLibraries,
    IReadOnlyList<Computation> Computations)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Whether every device that should work does.</summary>
    public bool Healthy => Computations.All(computation => computation.Status != ComputationStatus.Failed);

    /// <summary>Looks at the machine.</summary>
    /// <param name="program">The program that asks.</param>
    /// <param name="runtimes">What it computes with.</param>
    /// <param name="compute">Computes on each device, given the driver.</param>
    public static DoctorReport Examine(ProgramFacts program, RuntimeVersions runtimes, Func<NvidiaDriver?, IReadOnlyList<Computation>> compute)
    {
        NvidiaDriver? driver = OnnxBatching.Devices.NvidiaDriver.TryQuery();
        var search = LibrarySearch.OfProgram();
        return new DoctorReport(
            program, MachineFacts.Here(), runtimes, driver, [.. OnnxBatching.Devices.CudaLibraries.Names.Select(search.Find)], compute(driver));
    }

    /// <summary>Prints the report, and a line for each device that should compute and doesn't.</summary>
    /// <param name="asJson">Whether as JSON; else as a table.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public int Print(bool asJson, TextWriter output, TextWriter error)
    {
        if (asJson)
            output.WriteLine(ToJson());
        else
            WriteTable(output);
        foreach (Computation failed in Computations.Where(computation => computation.Status == ComputationStatus.Failed))
            error.WriteLine(TerminalText.OneLine($"error: {failed.Runtime} on {failed.Device} doesn't compute: {failed.Detail}"));
        return Healthy ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>One JSON object.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    /// <summary>A table of two columns, a line for each fact.</summary>
    public void WriteTable(TextWriter output)
    {
        (string Name, string Value)[] lines = [.. Lines()];
        int width = lines.Max(line => line.Name.Length);
        foreach ((string name, string value) in lines)
            output.WriteLine(TerminalText.OneLine($"{name.PadRight(width)}  {value}"));
    }

    private IEnumerable<(string Name, string Value)> Lines()
    {
        yield return ("program", $"{Program.Name} {Program.Version}, built for {Program.Accelerator}");
        yield return ("operating system", $"{Machine.OperatingSystem}, {Machine.Architecture}");
        yield return (".NET", Machine.Dotnet);
        yield return ("processor", $"{Machine.Processor}, {Machine.Processors} to use{(Machine.ProcessorsOfMachine is { } processors ? $" of {processors}" : "")}");
        yield return ("8-bit integers", Machine.MultipliesBytes ? "products added up by the processor" : "no VNNI: quantised models may be slower than float ones");
        yield return ("memory", $"{ThisMachine.Gibibytes(Machine.MemoryBytes)}{(Machine.MemoryBytesOfMachine is { } memory ? $" to use of {ThisMachine.Gibibytes(memory)}" : "")}");
        if (Machine.Given.Count > 0)
            yield return ("given", string.Join(", ", Machine.Given.Select(variable => $"{variable.Key}={TerminalText.OneLine(variable.Value)}")));
        yield return ("libstdc++", Machine.Libstdcxx is { } level ? $"GLIBCXX_{level}" : "none");
        yield return ("ML.NET", Runtimes.MLNet);
        if (Runtimes.TorchSharp is not null)
            yield return ("TorchSharp", $"{Runtimes.TorchSharp}, libtorch {Runtimes.Libtorch ?? "doesn't load"}");
        yield return ("ONNX Runtime", Runtimes.OnnxRuntime is null ? "doesn't load" : $"{Runtimes.OnnxRuntime}, {string.Join(", ", Runtimes.OnnxRuntimeProviders)}");
        yield return ("NVIDIA driver", NvidiaDriver switch
        {
            null => $"none ({OnnxBatching.Devices.NvidiaDriver.Library} is not installed)",
            { Problem: { } problem } => $"CUDA {NvidiaDriver.CudaVersion}, no device: {problem}",
            _ => $"CUDA {NvidiaDriver.CudaVersion}",
        });
        foreach ((int index, NvidiaDevice device) in (NvidiaDriver?.Devices ?? []).Index())
            yield return ($"NVIDIA device {index}", $"{device.Name}, {ThisMachine.Gibibytes(device.MemoryBytes)}");
        foreach (LibraryLocation library in CudaLibraries)
        {
            yield return (library.Name, library switch
            {
                { Path: null } => Program.Accelerator == "cuda" ? "not found" : "not found; only a build for cuda uses it",
                { IsLoadable: false } => $"{library.Path}, where the loader doesn't look (LD_LIBRARY_PATH)",
                _ => library.Path,
            });
        }

        foreach (Computation computation in Computations)
            yield return ($"{computation.Runtime} on {computation.Device}", Outcome(computation));
    }

    private static string Outcome(Computation computation) => computation.Status switch
    {
        ComputationStatus.Ok => string.Create(CultureInfo.InvariantCulture, $"ok, {computation.Milliseconds:0.0} ms: {computation.Detail}"),
        ComputationStatus.Absent => $"none here: {computation.Detail}",
        _ => $"FAILED: {computation.Detail}",
    };
}

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

/// <summary>The libraries that compute, by version; null where a program hasn't got one or it doesn't load.</summary>
/// <param name="MLNet">ML.NET.</param>
/// <param name="OnnxRuntime">The native ONNX Runtime.</param>
/// <param name="OnnxRuntimeProviders">The execution providers that it was built with, by its own names.</param>
/// <param name="TorchSharp">TorchSharp.</param>
/// <param name="Libtorch">The libtorch that TorchSharp was made for.</param>
internal sealed record RuntimeVersions(
    string MLNet, string? OnnxRuntime, IReadOnlyList<string> OnnxRuntimeProviders, string? TorchSharp = null, string? Libtorch = null);
