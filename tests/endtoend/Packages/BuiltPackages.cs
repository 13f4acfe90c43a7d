using System.IO.Compression;
using System.Xml.Linq;

namespace MnistAdder.EndToEnd.Tests.Packages;

/// <summary>The packages of this build, packed once for all of their tests and installed nowhere else.</summary>
[CollectionDefinition(Tests)]
public sealed class BuiltPackages : ICollectionFixture<BuiltPackages>, IDisposable
{
    /// <summary>The collection of the tests that share them, which run one after another.</summary>
    public const string Tests = nameof(BuiltPackages);

    private static readonly string s_examples = Path.Combine(Repository.Root, "tests", "endtoend", "Examples");

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _programs = [];

    public BuiltPackages()
    {
        if (!MachineBuildsForCuda)
            Succeed("dotnet", "pack", Path.Combine(Repository.Root, "MnistAdder.sln"), "--no-build", "-c", Repository.Configuration, "-o", Folder, $"-p:Version={Version}", "--nologo");
    }

    /// <summary>The folder of the packages, which is a feed that <c>dotnet</c> installs from.</summary>
    public string Folder => _folder["packages"];

    /// <summary>A version that no other run has.</summary>
    public string Version { get; } = $"0.1.0-test{Guid.NewGuid():N}";

    private static bool MachineBuildsForCuda => File.Exists("/dev/nvidia0") || File.Exists("/dev/dxg");

    /// <summary>Skips the test where there are no packages.</summary>
    public static void Require() =>
        Assert.SkipWhen(MachineBuildsForCuda, "This machine builds for CUDA; packages are made of the CPU's build.");

    /// <summary>A folder for whatever a test makes.</summary>
    public string FolderFor(string name) => Directory.CreateDirectory(_folder[name]).FullName;

    /// <summary>Opens one of the packages.</summary>
    public ZipArchive Open(string package, string extension = "nupkg") => ZipFile.OpenRead(Path.Combine(Folder, $"{package}.{Version}.{extension}"));

    /// <summary>Copies an example out of the checkout and builds it there, with this build's packages to hand, once.</summary>
    /// <param name="example">Its folder among the examples.</param>
    /// <param name="targets">A file of MSBuild targets that it imports; null for none.</param>
    /// <returns>Its assembly's file.</returns>
    public string Build(string example, string? targets = null)
    {
        if (_programs.TryGetValue(example, out string? program))
            return program;
        string folder = FolderFor(example);
        foreach (string file in Directory.GetFiles(Path.Combine(s_examples, example)))
            File.WriteAllText(Path.Combine(folder, Path.GetFileName(file)), WithVersions(File.ReadAllText(file)));
        File.WriteAllText(
            Path.Combine(folder, "nuget.config"),
            $"<configuration><packageSources><add key=\"built-here\" value=\"{Folder}\" /></packageSources></configuration>");
        if (targets is not null)
            File.WriteAllText(Path.Combine(folder, "Directory.Build.targets"), $"<Project><Import Project=\"{targets}\" /></Project>");

        // For this machine alone: libtorch for all platforms is 1.3 GB.
        Succeed("dotnet", "build", folder, "-c", "Release", "--use-current-runtime", "-p:UseAppHost=false", "-o", Path.Combine(folder, "program"), "--nologo");
        program = Path.Combine(folder, "program", $"{example}.dll");
        _programs.Add(example, program);
        return program;
    }

    /// <summary>Runs a command that has to end with 0.</summary>
    /// <returns>What it printed.</returns>
    public static string Succeed(string command, params string[] arguments)
    {
        using RunningProgram run = RunningProgram.StartCommand(command, arguments);
        run.WaitForExit();
        Assert.True(run.ExitCode == 0, $"{command} {string.Join(' ', arguments)} ended with {run.ExitCode}:\n{run.Output}\n{run.Error}");
        return run.Output;
    }

    /// <summary>Removes what was installed: NuGet keeps every package that it ever had, and these are of no use to anybody.</summary>
    public void Dispose()
    {
        _folder.Dispose();
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (string package in (string[])["mnistadder.onnxexport", "mnistadder.onnxquantization", "mnistadder.onnxbatching", "mnistadder.serving", "mnist-adder"])
        {
            string installed = Path.Combine(cache, package, Version);
            if (Directory.Exists(installed))
                Directory.Delete(installed, recursive: true);
        }
    }

    private string WithVersions(string text)
    {
        XDocument central = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"));
        return text.Replace("@MnistAdder@", Version, StringComparison.Ordinal)
            .Replace("@MLNet@", Property("MLNetVersion"), StringComparison.Ordinal)
            .Replace("@OnnxRuntime@", Property("OnnxRuntimeVersion"), StringComparison.Ordinal)
            .Replace("@TorchSharp@", Property("TorchSharpVersion"), StringComparison.Ordinal)
            .Replace("@SkiaSharp@", Property("SkiaSharpVersion"), StringComparison.Ordinal)
            .Replace("@Extensions@", Package("Microsoft.Extensions.DependencyInjection"), StringComparison.Ordinal);

        string Property(string name) => central.Descendants(name).First().Value;
        string Package(string name) => central.Descendants("PackageVersion").Single(one => one.Attribute("Include")!.Value == name).Attribute("Version")!.Value;
    }
}
