using MnistAdder.EndToEnd.Tests.Packages;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>Programs of somebody else's, outside of this checkout, that use what it releases as its READMEs say.</summary>
[Collection(BuiltPackages.Tests)]
public sealed class EmbeddingTests(BuiltPackages packages)
{
    private static readonly string s_model = Path.Combine(Sample.Release, "model.onnx");

    [Fact]
    public void A_program_predicts_digits_and_sums_in_three_ways()
    {
        BuiltPackages.Require();
        int digit = Sample.DigitOf(Sample.Image);
        Assert.Equal(
            $"{digit} + 5 = {digit + 5}\n{digit + 5} {(digit + 5 > 9 ? "is" : "isn't")} above 9\n{digit + 9} {(digit + 9 > 9 ? "is" : "isn't")} above 9\nasked from many threads\n",
            BuiltPackages.Succeed("dotnet", packages.Build("ServingUser"), s_model, Sample.Image));
    }

    [Fact]
    public void A_program_scores_any_model_in_batches()
    {
        BuiltPackages.Require();
        string output = Run(packages.Build("OnnxBatchingUser"), s_model);
        Assert.Equal("1\n2\n3\nmany rows in each run\nVector<Single, 1, 19>\n1000\n", output);
    }

    [Fact]
    public void A_program_exports_modules_of_its_own()
    {
        BuiltPackages.Require();

        // The checkout's own step, without which TorchSharp doesn't load on Debian 12.
        string program = packages.Build("OnnxExportUser", targets: Path.Combine(Repository.Root, "training", "native", "TorchSharpLibrary.targets"));
        string output = Run(program);
        Assert.Matches(@"^\S*/Relu\S* \S+$", output.Split('\n').First(line => line.Contains("/Relu", StringComparison.Ordinal))); // a value on the way, and its difference
        Assert.EndsWith(
            "residual.onnx gives what TorchSharp gives\nnetwork.onnx gives what TorchSharp gives\ndoubled.onnx gives what TorchSharp gives\n"
            + "classifier.onnx takes UInt8 -1×1×28×28\n",
            output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_brings_a_model_to_integers()
    {
        BuiltPackages.Require();
        string output = Run(packages.Build("OnnxQuantizationUser"), s_model);
        Assert.StartsWith("quantized.onnx reads 1\nfast.onnx reads 1\n", output, StringComparison.Ordinal);
        Assert.EndsWith("\noutputs differ by less than a tenth\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_with_stock_packages_only_loads_the_released_model_zip()
    {
        BuiltPackages.Require();
        int digit = Sample.DigitOf(Sample.Image);
        Assert.Equal(
            $"{digit} + 5 = {digit + 5}\n",
            BuiltPackages.Succeed("dotnet", packages.Build("StockUser"), Path.Combine(Sample.Release, "model.zip"), Sample.Image));
    }

    // In the program's own folder, since it writes files.
    private static string Run(string program, params string[] arguments)
    {
        using RunningProgram run = RunningProgram.StartCommand("dotnet", [program, .. arguments], folder: Path.GetDirectoryName(program));
        run.WaitForExit();
        Assert.True(run.ExitCode == 0, $"{program} ended with {run.ExitCode}:\n{run.Output}\n{run.Error}");
        return run.Output;
    }
}
