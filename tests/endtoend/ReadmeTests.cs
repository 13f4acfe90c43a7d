using System.Text.RegularExpressions;
using System.Xml.Linq;
using MnistAdder.EndToEnd.Tests.Packages;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>READMEs show code that <see cref="EmbeddingTests"/> compile and run, and packages that it is compiled with.</summary>
public sealed class ReadmeTests
{
    private static readonly string s_examples = Path.Combine(Repository.Root, "tests", "endtoend", "Examples");

    [Theory]
    [InlineData("README.md", "ServingUser StockUser OnnxExportUser")]
    [InlineData("training/exporter/README.md", "OnnxExportUser")]
    [InlineData("training/quantizer/README.md", "OnnxQuantizationUser")]
    [InlineData("serving/batching/README.md", "OnnxBatchingUser")]
    [InlineData("serving/pipeline/README.md", "ServingUser")]
    public void Every_piece_of_code_in_a_readme_is_part_of_an_example(string readme, string examples)
    {
        string[] compiled = [.. examples.Split(' ')
            .SelectMany(example => Directory.GetFiles(Path.Combine(s_examples, example), "*.cs"))
            .Select(file => Squeeze(File.ReadAllText(file)))];
        string[] blocks = Readme.Blocks(readme, "csharp");
        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(compiled, file => file.Contains(Squeeze(block), StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("training/exporter/README.md", "OnnxExportUser")]
    [InlineData("training/quantizer/README.md", "OnnxQuantizationUser")]
    [InlineData("serving/batching/README.md", "OnnxBatchingUser")]
    [InlineData("serving/pipeline/README.md", "ServingUser")]
    public void A_library_s_readme_adds_the_packages_that_its_example_has(string readme, string example)
    {
        IEnumerable<string> added = Readme.Blocks(readme, "").SelectMany(block => Regex.Matches(block, @"^dotnet add package (\S+)", RegexOptions.Multiline)).Select(line => line.Groups[1].Value);
        XDocument project = XDocument.Load(Path.Combine(s_examples, example, $"{example}.csproj"));
        Assert.Equal(project.Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value), added);
    }

    private static string Squeeze(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));
}
