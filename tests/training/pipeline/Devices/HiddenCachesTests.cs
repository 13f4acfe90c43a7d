using System.Runtime.InteropServices;
using MnistAdder.Training.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Devices;

public sealed class HiddenCachesTests
{
    private static readonly bool s_isLinux = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    [Fact]
    public void What_oneDNN_knows_of_the_processor_is_found_in_libtorch()
    {
        Assert.SkipUnless(s_isLinux, "libtorch's names are there to be read in the library for Linux on x64 only.");
        Assert.True(HiddenCaches.IsDescribed, "libtorch's description of the processor isn't found: another version, or a stripped one.");
    }

    // Channels that fill no vector, in freed memory that holds no numbers.
    [Theory]
    [InlineData(24, 40)]
    [InlineData(20, 20)]
    [InlineData(10, 15)]
    [InlineData(1, 10)]
    public void Convolutions_and_their_gradients_are_right_with_any_number_of_channels(int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        Tensor images = randn(32, inputs, 14, 14), weights = randn(outputs, inputs, 3, 3);
        for (int i = 1; i <= 16; i++)
            full(images.numel() * i / 4, float.NaN).Dispose();
        Tensor single = ValuesAndGradients(images, weights), twice = ValuesAndGradients(images.to_type(ScalarType.Float64), weights.to_type(ScalarType.Float64));
        Assert.InRange(((single - twice).norm() / twice.norm()).ToDouble(), 0, 1e-5);
    }

    private static Tensor ValuesAndGradients(Tensor images, Tensor weights)
    {
        Tensor from = images.detach().requires_grad_(), with = weights.detach().requires_grad_();
        Tensor values = nn.functional.conv2d(from, with);
        values.square().sum().backward();
        return cat([.. new[] { values.detach(), from.grad!, with.grad! }.Select(tensor => (tensor / tensor.norm()).flatten().to_type(ScalarType.Float64))]);
    }

    [Fact]
    public void A_name_that_a_library_hasnt_is_not_found()
    {
        Assert.SkipUnless(s_isLinux, "Names are read from Linux's libraries.");
        string runtime = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libclrjit.so");
        Assert.Null(ElfSymbols.Find(runtime, "no such name"));
    }
}
