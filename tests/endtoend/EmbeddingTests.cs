using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>Programs of somebody else's, outside of this checkout, that use what it releases.</summary>
public sealed class EmbeddingTests : IDisposable
{
    private static readonly string s_examples = Path.Combine(Repository.Root, "tests", "endtoend", "Examples");
    private static readonly string s_pretrained = Path.Combine(Repository.Root, "artifacts", "pretrained");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_program_installs_the_package_and_predicts_in_three_ways()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidia0"), "This machine builds for CUDA; the example takes the CPU's runtime.");
        string version = $"0.1.0-test{Guid.NewGuid():N}";
        string packages = _folder["packages"];
        Succeed("dotnet", "pack", Path.Combine(Repository.Root, "serving", "pipeline"), "--no-build", "-c", Repository.Configuration, "-o", packages, $"-p:Version={version}", "--nologo");
        string package = Assert.Single(Directory.GetFiles(packages, "*.nupkg"));
        Assert.Contains(version, package, StringComparison.Ordinal);

        string program = Build("PackageUser", version, packages);
        try
        {
            (string picture, int digit) = Sample();
            string output = Succeed("dotnet", program, Path.Combine(s_pretrained, "model.onnx"), picture);
            Assert.Equal(
                $"{digit} + 5 = {digit + 5}\n{digit + 5} {(digit + 5 > 9 ? "is" : "isn't")} above 9\n{digit + 9} {(digit + 9 > 9 ? "is" : "isn't")} above 9\nasked from many threads\n",
                output);
        }
        finally
        {
            RemoveFromCache(version);
        }
    }

    [Fact]
    public void A_program_with_stock_packages_only_loads_the_released_model_zip()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidia0"), "This machine builds for CUDA; the example takes the CPU's runtime.");
        string program = Build("StockUser", version: "", packages: null);
        (string picture, int digit) = Sample();
        Assert.Equal($"{digit} + 5 = {digit + 5}\n", Succeed("dotnet", program, Path.Combine(s_pretrained, "model.zip"), picture));
    }

    [Theory]
    [InlineData("PackageUser/SinglePrediction.cs")]
    [InlineData("PackageUser/PipelineOfOnesOwn.cs")]
    [InlineData("PackageUser/DependencyInjection.cs")]
    [InlineData("StockUser/Program.cs")]
    public void The_readme_shows_code_that_is_compiled_here(string example)
    {
        string compiled = Squeeze(File.ReadAllText(Path.Combine(s_examples, example)));
        string[] blocks = [.. Regex.Matches(File.ReadAllText(Path.Combine(Repository.Root, "README.md")), "```csharp\n(.*?)```", RegexOptions.Singleline)
            .Select(match => Squeeze(match.Groups[1].Value))];
        Assert.Contains(blocks, block => compiled.Contains(block, StringComparison.Ordinal));

        static string Squeeze(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));
    }

    // The first sample that isn't ambiguous by its file's name: 03-seven.png.
    private static (string Picture, int Digit) Sample()
    {
        string[] words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
        string picture = Directory.GetFiles(Path.Combine(s_pretrained, "samples"), "*.png").Order(StringComparer.Ordinal).First();
        string word = Path.GetFileNameWithoutExtension(picture).Split('-')[1];
        return (picture, Array.IndexOf(words, word));
    }

    private string Build(string example, string version, string? packages)
    {
        string folder = _folder[example];
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Path.Combine(s_examples, example)))
            File.WriteAllText(Path.Combine(folder, Path.GetFileName(file)), WithVersions(File.ReadAllText(file), version));
        if (packages is not null)
        {
            File.WriteAllText(
                Path.Combine(folder, "nuget.config"),
                $"<configuration><packageSources><add key=\"built-here\" value=\"{packages}\" /></packageSources></configuration>");
        }

        Succeed("dotnet", "build", folder, "-c", "Release", "-o", Path.Combine(folder, "program"), "--nologo");
        return Path.Combine(folder, "program", $"{example}.dll");
    }

    private static string WithVersions(string text, string serving)
    {
        XDocument central = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"));
        return text.Replace("@Serving@", serving, StringComparison.Ordinal)
            .Replace("@MLNet@", Property("MLNetVersion"), StringComparison.Ordinal)
            .Replace("@OnnxRuntime@", Property("OnnxRuntimeVersion"), StringComparison.Ordinal)
            .Replace("@SkiaSharp@", Version("SkiaSharp"), StringComparison.Ordinal)
            .Replace("@Extensions@", Version("Microsoft.Extensions.DependencyInjection"), StringComparison.Ordinal);

        string Property(string name) => central.Descendants(name).First().Value;
        string Version(string package) => central.Descendants("PackageVersion").Single(one => one.Attribute("Include")!.Value == package).Attribute("Version")!.Value;
    }

    private static string Succeed(string command, params string[] arguments)
    {
        using RunningProgram run = RunningProgram.StartCommand(command, arguments);
        run.WaitForExit();
        Assert.True(run.ExitCode == 0, $"{command} {string.Join(' ', arguments)} ended with {run.ExitCode}:\n{run.Output}\n{run.Error}");
        return run.Output;
    }

    // NuGet keeps every package that it ever installed; this one is of no use to anybody.
    private static void RemoveFromCache(string version)
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string installed = Path.Combine(packages, "mnistadder.serving", version);
        if (Directory.Exists(installed))
            Directory.Delete(installed, recursive: true);
    }
}
