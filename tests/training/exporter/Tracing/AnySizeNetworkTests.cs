using MnistAdder.OnnxExport.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>Networks of pictures whose heights and widths are as free as the batch.</summary>
public sealed class AnySizeNetworkTests
{
    private static readonly Dictionary<string, (Func<nn.Module> Make, long[] Shape, long[][] Sizes)> s_networks = new()
    {
        ["area attention"] = (() => new AreaAttention(), [2, 3, 16, 24], [[1, 8, 8], [3, 12, 20], [2, 40, 24], [5, 7, 16]]),
        ["dense ViT"] = (() => new DenseVit(), [2, 3, 16, 24], [[1, 8, 4], [3, 17, 22], [2, 40, 24]]),
        ["places turned along both axes"] = (() => new AxialRotation(), [2, 3, 16, 24], [[1, 8, 4], [3, 17, 22], [2, 40, 24]]),
        ["window attention"] = (() => new WindowAttention(), [2, 3, 28, 42], [[1, 14, 14], [3, 70, 28], [2, 15, 43]]),
        ["pyramid of the nearest"] = (() => new FeaturePyramid(InterpolationMode.Nearest), [2, 3, 16, 24], [[1, 8, 4], [3, 17, 21], [2, 41, 24], [1, 1, 1], [2, 63, 130]]),
        ["bilinear pyramid"] = (() => new FeaturePyramid(InterpolationMode.Bilinear), [2, 3, 16, 24], [[1, 8, 4], [3, 17, 21], [2, 41, 24], [1, 1, 1], [2, 63, 130]]),
        ["pyramid pooling"] = (() => new PyramidPooling(), [2, 3, 16, 24], [[1, 8, 4], [3, 17, 21], [2, 41, 24], [1, 1, 1], [2, 63, 130]]),
        ["AlexNet"] = (() => new SmallAlexNet(), [2, 3, 64, 80], [[1, 63, 50], [3, 117, 21], [2, 41, 24], [1, 96, 130]]),
    };

    public static TheoryData<string> Names => [.. s_networks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Pictures_of_any_size_give_the_same(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        (Func<nn.Module> make, long[] shape, long[][] sizes) = s_networks[name];
        OnnxTraceOptions options = new() { DynamicDimensions = [new("x", 0, "batch"), new("x", 2, "height"), new("x", 3, "width")] };
        TraceAssert.Right(make(), [rand(shape)], options, 1e-4, sizes);
    }
}
