using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using MnistAdder.EndToEnd.Tests.Packages;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>What <c>dotnet pack</c> makes of the solution.</summary>
[Collection(BuiltPackages.Tests)]
public sealed class PackageTests(BuiltPackages packages)
{
    public static TheoryData<string> Libraries => ["MnistAdder.OnnxExport", "MnistAdder.OnnxQuantization", "MnistAdder.OnnxBatching", "MnistAdder.Serving"];

    [Fact]
    public void Five_packages_are_made_with_their_symbols_and_nothing_else()
    {
        BuiltPackages.Require();
        string[] names = [.. Libraries.Select(library => library.Data), "mnist-adder"];
        Assert.Equal(
            names.SelectMany(name => (string[])[$"{name}.{packages.Version}.nupkg", $"{name}.{packages.Version}.snupkg"]).Order(StringComparer.Ordinal),
            Directory.GetFiles(packages.Folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_has_readme_licence_documentation_and_symbols(string library)
    {
        BuiltPackages.Require();
        using ZipArchive package = packages.Open(library), symbols = packages.Open(library, "snupkg");
        XElement metadata = Metadata(package, library);
        Assert.Equal("README.md", Value(metadata, "readme"));
        Assert.Equal("MIT", Value(metadata, "license"));
        Assert.NotNull(package.GetEntry("README.md"));

        string[] assemblies = Assemblies(package);
        Assert.Equal(library == "MnistAdder.Serving" ? ["MnistAdder.Serving", "MnistAdder.Shared"] : [library], assemblies);
        Assert.All(assemblies, assembly => Assert.NotNull(symbols.GetEntry($"lib/net10.0/{assembly}.pdb")));
        Assert.NotNull(package.GetEntry($"lib/net10.0/{library}.xml"));
    }

    [Theory]
    [InlineData("MnistAdder.OnnxExport", "TorchSharp")]
    [InlineData("MnistAdder.OnnxQuantization", "Microsoft.ML.OnnxRuntime.Managed")]
    [InlineData("MnistAdder.OnnxBatching", "Microsoft.ML.OnnxRuntime.Managed")]
    [InlineData("MnistAdder.Serving", "")]
    public void Of_native_runtimes_a_library_names_the_managed_half_only(string library, string expected)
    {
        BuiltPackages.Require();
        using ZipArchive package = packages.Open(library);
        IEnumerable<string> runtimes = Dependencies(package, library).Keys.Where(name =>
            name.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal) || name.Contains("torch", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(expected, string.Join(' ', runtimes));
    }

    [Fact]
    public void The_digit_sums_take_the_batching_of_their_own_version_alone()
    {
        BuiltPackages.Require();
        using ZipArchive package = packages.Open("MnistAdder.Serving");
        Assert.Equal($"[{packages.Version}]", Dependencies(package, "MnistAdder.Serving")["MnistAdder.OnnxBatching"]);
    }

    [Fact]
    public void The_contract_comes_with_the_digit_sums_alone_and_is_not_public()
    {
        BuiltPackages.Require();
        foreach (string library in (string[])["MnistAdder.OnnxExport", "MnistAdder.OnnxQuantization", "MnistAdder.OnnxBatching"])
        {
            using ZipArchive package = packages.Open(library);
            using PEReader image = Assembly(package, library);
            MetadataReader reader = image.GetMetadataReader();
            Assert.DoesNotContain(
                reader.AssemblyReferences,
                reference => reader.GetString(reader.GetAssemblyReference(reference).Name).StartsWith("MnistAdder", StringComparison.Ordinal));
        }

        using ZipArchive serving = packages.Open("MnistAdder.Serving");
        using PEReader contract = Assembly(serving, "MnistAdder.Shared");
        MetadataReader types = contract.GetMetadataReader();
        Assert.DoesNotContain(types.TypeDefinitions, type => (types.GetTypeDefinition(type).Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.Public);
    }

    [Fact]
    public void The_tool_carries_its_model_and_the_libraries_of_every_platform_and_no_other()
    {
        BuiltPackages.Require();
        using ZipArchive package = packages.Open("mnist-adder");
        const string program = "tools/net10.0/any/";
        string[] files = [.. package.Entries.Select(entry => entry.FullName).Where(name => name.StartsWith(program, StringComparison.Ordinal)).Select(name => name[program.Length..])];
        Assert.Equal(["pretrained/fast/model.int8.onnx", "pretrained/fast/model.onnx", "pretrained/model.onnx"], files.Where(name => name.EndsWith(".onnx", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["linux-arm64", "linux-x64", "osx-arm64", "win-arm64", "win-x64"],
            files.Where(name => Path.GetFileNameWithoutExtension(name) is "onnxruntime" or "libonnxruntime").Select(name => name.Split('/')[1]).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["linux-arm64", "linux-x64", "osx", "win-arm64", "win-x64"],
            files.Where(name => Path.GetFileNameWithoutExtension(name) == "libSkiaSharp").Select(name => name.Split('/')[1]).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(files, name => Path.GetExtension(name) is ".lib" or ".dbg" or ".dwarf" or ".xml" && name != "DotnetToolSettings.xml");
    }

    private static XElement Metadata(ZipArchive package, string name)
    {
        using Stream nuspec = package.GetEntry($"{name}.nuspec")!.Open();
        return XDocument.Load(nuspec).Root!.Elements().Single();
    }

    private static string Value(XElement metadata, string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;

    private static Dictionary<string, string> Dependencies(ZipArchive package, string name) => Metadata(package, name).Descendants()
        .Where(element => element.Name.LocalName == "dependency")
        .ToDictionary(element => element.Attribute("id")!.Value, element => element.Attribute("version")!.Value);

    private static string[] Assemblies(ZipArchive package) =>
        [.. package.Entries.Where(entry => entry.Name.EndsWith(".dll", StringComparison.Ordinal)).Select(entry => Path.GetFileNameWithoutExtension(entry.Name)).Order(StringComparer.Ordinal)];

    private static PEReader Assembly(ZipArchive package, string assembly)
    {
        var bytes = new MemoryStream();
        using (Stream file = package.GetEntry($"lib/net10.0/{assembly}.dll")!.Open())
            file.CopyTo(bytes);
        bytes.Position = 0;
        return new PEReader(bytes);
    }
}
