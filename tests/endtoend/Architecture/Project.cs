using System.Xml.Linq;
using Mono.Cecil;

namespace MnistAdder.EndToEnd.Tests.Architecture;

/// <summary>One of this project's own assemblies, as its project file describes it and a program's output folder holds it.</summary>
/// <param name="Name">The assembly's name.</param>
/// <param name="File">The project file.</param>
internal sealed record Project(string Name, string File)
{
    private static readonly string[] s_outputs = [Path.GetDirectoryName(Programs.TrainingHost)!, Path.GetDirectoryName(Programs.ScoringHost)!];

    /// <summary>Every project that isn't a test.</summary>
    public static IReadOnlyList<Project> All { get; } = [.. FindAll().OrderBy(project => project.Name, StringComparer.Ordinal)];

    /// <summary>The project's folder below the solution's, such as <c>training/host</c>.</summary>
    public string Folder => Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(File)!).Replace('\\', '/');

    /// <summary>The projects of ours that this one's project file or compiled code refers to.</summary>
    public IReadOnlyList<string> References
    {
        get
        {
            IEnumerable<string> declared = Items("ProjectReference")
                .Select(reference => Path.GetFullPath(reference.Replace('\\', '/'), Path.GetDirectoryName(File)!))
                .Select(file => All.Single(project => project.File == file).Name);
            IEnumerable<string> used = UsedAssemblies().Where(name => All.Any(project => project.Name == name));
            return [.. declared.Union(used).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>The packages that the project file names, and the assemblies that the compiled code refers to.</summary>
    public IReadOnlyList<string> Packages => [.. Items("PackageReference").Union(UsedAssemblies())];

    /// <summary>Opens the compiled assembly.</summary>
    /// <exception cref="FileNotFoundException">Neither program has it.</exception>
    public ModuleDefinition Open()
    {
        string path = s_outputs.Select(folder => Path.Combine(folder, $"{Name}.dll")).FirstOrDefault(System.IO.File.Exists)
            ?? throw new FileNotFoundException($"Neither program's output has {Name}.dll, which {Folder} builds.");
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(Path.GetDirectoryName(path));
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        resolver.AddSearchDirectory(runtime);
        // ASP.NET Core's lies beside it, under the same version.
        resolver.AddSearchDirectory(Path.Combine(runtime, "..", "..", "Microsoft.AspNetCore.App", Path.GetFileName(runtime)));
        return ModuleDefinition.ReadModule(path, new ReaderParameters(ReadingMode.Immediate) { AssemblyResolver = resolver });
    }

    private static IEnumerable<Project> FindAll() =>
        from side in (string[])["shared", "training", "serving"]
        from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, side), "*.csproj", SearchOption.AllDirectories)
        let name = XDocument.Load(file).Descendants("AssemblyName").SingleOrDefault()?.Value
        select new Project(name ?? Path.GetFileNameWithoutExtension(file), file);

    private IEnumerable<string> Items(string kind) =>
        XDocument.Load(File).Descendants(kind).Select(item => item.Attribute("Include")!.Value);

    private string[] UsedAssemblies()
    {
        using ModuleDefinition module = Open();
        return [.. module.AssemblyReferences.Select(reference => reference.Name)];
    }
}
