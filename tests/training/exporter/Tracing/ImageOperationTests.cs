using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class ImageOperationTests
{
    private static readonly Dictionary<string, (Func<Tensor, Tensor> Function, long[] Shape)> s_functions = new()
    {
        ["pad"] = (x => F.pad(x, [1, 2, 0, 3], PaddingModes.Constant, 1.5), [2, 3, 4, 5]),
        ["pad, zeros"] = (x => F.pad(x, (1, 2), PaddingModes.Zeros), [2, 3, 4, 5]),
        ["pad, negative"] = (x => F.pad(x, (-1, 2, 1, -2)), [2, 3, 4, 5]),
        ["pad, every side"] = (x => F.pad(x, 1), [2, 3, 4]),
        ["pad, a span"] = (x => F.pad(x, new long[] { 1, 1 }.AsSpan()), [2, 3, 4]),
        ["pad, reflect"] = (x => F.pad(x, (1, 2, 0, 3), PaddingModes.Reflect), [2, 3, 4, 5]),
        ["pad, replicate"] = (x => F.pad(x, (1, 2, 0, 7), PaddingModes.Replicate), [2, 3, 4, 5]),
        ["pad, circular"] = (x => F.pad(x, (1, 2, 0, 3), PaddingModes.Circular), [2, 3, 4, 5]),
        ["pad, circular in a row"] = (x => F.pad(x, (3, 4), PaddingModes.Circular), [2, 3, 5]),
        ["ReflectionPad1d"] = (x => nn.ReflectionPad1d(2).call(x), [2, 3, 4]),
        ["ReflectionPad2d"] = (x => nn.ReflectionPad2d((1, 2, 0, 3)).call(x), [2, 3, 4, 5]),
        ["ReplicationPad3d"] = (x => nn.ReplicationPad3d(2).call(x), [2, 3, 4, 5, 2]),
        ["ZeroPad2d"] = (x => nn.ZeroPad2d(2).call(x), [2, 3, 4, 5]),
        ["ConstantPad3d"] = (x => nn.ConstantPad3d(2, 0.7).call(x), [2, 3, 4, 5, 2]),
        ["pixel_shuffle"] = (x => F.pixel_shuffle(x, 2), [2, 12, 3, 4]),
        ["pixel_shuffle, more in front"] = (x => F.pixel_shuffle(x, 2), [2, 3, 4, 3, 5]),
        ["PixelUnshuffle"] = (x => nn.PixelUnshuffle(3).call(x), [2, 2, 6, 3]),
        ["ChannelShuffle"] = (x => nn.ChannelShuffle(3).call(x), [2, 6, 2, 3]),
        ["unfold"] = (x => F.unfold(x, 2), [2, 3, 5, 4]),
        ["unfold, tuples"] = (x => F.unfold(x, (2, 3), (1, 2), (1, 0), (2, 1)), [2, 3, 6, 7]),
        ["Unfold"] = (x => nn.Unfold(3, padding: 1).call(x), [2, 3, 6, 7]),
        ["windows"] = (x => x.unfold(1, 3, 2), [2, 8, 3]),
        ["windows of the last axis"] = (x => x.unfold(-1, 2, 1), [2, 3, 4]),
        ["fold"] = (x => F.fold(x, (4, 5), (2, 2)), [2, 12, 12]),
        ["fold, tuples"] = (x => F.fold(x, (6, 7), (2, 3), (1, 2), (1, 0), (2, 1)), [2, 12, 12]),
        ["fold side by side"] = (x => F.fold(x, 6, 2, stride: 2), [2, 12, 9]),
        ["nearest"] = (x => F.interpolate(x, [9, 7]), [2, 3, 4, 5]),
        ["nearest by factors"] = (x => F.interpolate(x, scale_factor: [2.3, 0.7]), [2, 3, 4, 5]),
        ["nearest by a whole factor"] = (x => F.interpolate(x, scale_factor: [2, 3]), [2, 3, 4, 5]),
        ["nearest by factors that are computed again"] = (x => F.interpolate(x, scale_factor: [2.3, 0.7], recompute_scale_factor: true), [2, 3, 4, 5]),
        ["nearest, exactly"] = (x => F.interpolate(x, [9, 3], mode: InterpolationMode.NearestExact), [2, 3, 4, 5]),
        ["nearest in a row"] = (x => F.interpolate(x, [41]) + F.upsample_nearest1d(x, 41, null), [2, 3, 10]),
        ["nearest in space"] = (x => F.interpolate(x, scale_factor: [2.0, 1.0, 1.5]), [2, 3, 3, 2, 5]),
        ["upsample_nearest2d"] = (x => F.upsample_nearest2d(x, [9, 11]) + F.upsample_nearest2d(x, scaleFactors: [2.3, 2.2]), [2, 3, 4, 5]),
        ["upsample_nearest3d"] = (x => F.upsample_nearest3d(x, [4, 3, 7]), [2, 3, 3, 2, 5]),
        ["linear"] = (x => F.interpolate(x, [9], mode: InterpolationMode.Linear), [2, 3, 4]),
        ["linear between the corners"] = (x => F.interpolate(x, [9], mode: InterpolationMode.Linear, align_corners: true), [2, 3, 4]),
        ["bilinear"] = (x => F.interpolate(x, [9, 3], mode: InterpolationMode.Bilinear, align_corners: false), [2, 3, 4, 5]),
        ["bilinear to one"] = (x => F.interpolate(x, [1, 1], mode: InterpolationMode.Bilinear), [2, 3, 4, 5]),
        ["bilinear between the corners"] = (x => F.interpolate(x, [9, 1], mode: InterpolationMode.Bilinear, align_corners: true), [2, 3, 4, 5]),
        ["bilinear by factors"] = (x => F.interpolate(x, scale_factor: [1.7, 0.6], mode: InterpolationMode.Bilinear), [2, 3, 4, 5]),
        ["bilinear by factors that are computed again"] = (x => F.interpolate(x, scale_factor: [1.7, 0.6], mode: InterpolationMode.Bilinear, recompute_scale_factor: true), [2, 3, 4, 5]),
        ["trilinear"] = (x => F.interpolate(x, [4, 3, 7], mode: InterpolationMode.Trilinear), [2, 3, 3, 2, 5]),
        ["bicubic"] = (x => F.interpolate(x, [9, 3], mode: InterpolationMode.Bicubic), [2, 3, 4, 5]),
        ["bicubic between the corners"] = (x => F.interpolate(x, [9, 3], mode: InterpolationMode.Bicubic, align_corners: true), [2, 3, 4, 5]),
        ["area"] = (x => F.interpolate(x, [3, 4], mode: InterpolationMode.Area), [2, 3, 7, 8]),
        ["area in a row"] = (x => F.interpolate(x, [5], mode: InterpolationMode.Area), [2, 3, 7]),
        ["Upsample"] = (x => nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bilinear, align_corners: true).call(x), [2, 3, 4, 5]),
        ["upsample"] = (x => F.upsample_bilinear(x, scale_factor: [3, 3]), [2, 3, 4, 5]),
        ["normalize"] = (x => F.normalize(x) + F.normalize(x, 1, -1) + F.normalize(x, 3, 0), [2, 3, 4]),
        ["grid_sample"] = (x => F.grid_sample(x, F.affine_grid(x.flatten(1).narrow(1, 0, 6).reshape(-1, 2, 3), [x.shape[0], 3, 6, 5])), [2, 3, 4, 5]),
        ["grid_sample between the corners"] = (x => F.grid_sample(x, x.narrow(3, 0, 2), padding_mode: GridSamplePaddingMode.Border, align_corners: true), [2, 3, 4, 5]),
        ["grid_sample, reflected"] = (x => F.grid_sample(x, 2 * x.narrow(3, 0, 2), padding_mode: GridSamplePaddingMode.Reflection), [2, 3, 4, 5]),
        ["grid_sample of the nearest"] = (x => F.grid_sample(x, x.narrow(3, 0, 2), GridSampleMode.Nearest), [2, 3, 4, 5]),
        ["affine_grid in space"] = (x => F.affine_grid(x, [x.shape[0], 1, 2, 3, 4], align_corners: true), [2, 3, 4]),
    };

    public static TheoryData<string> Functions => [.. s_functions.Keys];

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_function_gives_the_same(string name)
    {
        using var module = new Lambda(s_functions[name].Function);
        TraceAssert.Right(module, randn(s_functions[name].Shape));
    }

    [Fact]
    public void Sizes_may_be_dynamic_where_a_factor_is_whole()
    {
        var options = new OnnxTraceOptions { DynamicDimensions = [new("x", 2, "height"), new("x", 3, "width")] };
        foreach (InterpolationMode mode in new[] { InterpolationMode.Nearest, InterpolationMode.Bilinear, InterpolationMode.Bicubic })
        {
            using var module = new Lambda(x => F.interpolate(x, scale_factor: [3, 2], mode: mode));
            TraceAssert.Right(module, [randn(2, 3, 4, 5)], options, 1e-5);
        }

    }

    [Fact]
    public void Heights_and_widths_may_be_dynamic()
    {
        var options = new OnnxTraceOptions { DynamicDimensions = [new("x", 0, "batch"), new("x", 2, "height"), new("x", 3, "width")] };
        Tensor weight = randn(4, 4, 3, 3);
        foreach (Func<Tensor, Tensor> function in new Func<Tensor, Tensor>[]
        {
            x => F.conv2d(x, weight, padding: [1, 1]), x => F.conv_transpose2d(x, weight, strides: [2, 2]), x => F.max_pool2d(F.pad(x, (1, 0, 1, 2), PaddingModes.Replicate), 2, 1),
            x => F.pad(x, (1, 1, 1, 1), PaddingModes.Circular), x => F.avg_pool2d(x, 3, 1, 1), x => F.adaptive_avg_pool2d(x, 1), x => F.adaptive_max_pool2d(x, [1, 1]),
            x => F.max_pool2d_with_indices(F.pad(x, (1, 1, 1, 1)), [2, 2], [1, 1]).indices, x => F.adaptive_max_pool2d_with_indices(x, [1, 1]).Indices,
            x => F.group_norm(x, 2), x => F.local_response_norm(x, 2), x => x.channel_shuffle(2), x => F.pixel_shuffle(x, 2), x => F.normalize(x), x => x.glu(1),
            x => F.grid_sample(x, x.permute(0, 2, 3, 1).narrow(3, 0, 2), align_corners: true), x => F.cosine_similarity(x, x.sin(), 2),
        })
        {
            using var module = new Lambda(function);
            TraceAssert.Right(module, [randn(2, 4, 5, 6)], options, 1e-4);
        }
    }

    [Fact]
    public void What_a_model_can_t_say_is_refused()
    {
        Refused(x => F.interpolate(x, [3, 3], mode: InterpolationMode.Bilinear, antialias: true), "antialias");
        Refused(x => F.one_hot(x.to_type(ScalarType.Int64).abs()), "num_classes");
        Refused(x => F.grid_sample(x.unsqueeze(2), x.unsqueeze(1).narrow(-1, 0, 3), align_corners: false), "opset 20");
        Refused(x => F.normalize(x, double.PositiveInfinity), "norm of order");
        Refused(x => F.pad(x, (-1, 1, 0, 0), PaddingModes.Replicate), "negative");
        Refused(x => F.avg_pool2d(x, 2, ceil_mode: true, divisor_override: 3), "divisor");
        Refused(x => F.conv2d(x.to_type(ScalarType.Float64), ones(1, 3, 1, 1, ScalarType.Float64)), "Double");
    }

    private static void Refused(Func<Tensor, Tensor> function, string said)
    {
        using var module = new Lambda(function);
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, [rand(2, 3, 4, 5)]));
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_numbers_are_moved_as_they_are()
    {
        Tensor numbers = randint(9, [2, 3, 4, 6], ScalarType.Int64);
        foreach (Func<Tensor, Tensor> function in new Func<Tensor, Tensor>[]
        {
            x => F.pad(x, (1, 2), PaddingModes.Constant, 3), x => x.unfold(2, 2, 1), x => F.one_hot(x, 9), x => F.pixel_unshuffle(x, 2),
            x => F.pad(x.to_type(ScalarType.Float64), (1, 1, 2, 1), PaddingModes.Circular), x => F.interpolate(x.to_type(ScalarType.Float64), [5, 5]),
        })
        {
            using var module = new Lambda(function);
            TraceAssert.Right(module, numbers);
        }
    }

    [Fact]
    public void Two_tensors_are_compared()
    {
        foreach (Func<Tensor, Tensor, Tensor> function in new Func<Tensor, Tensor, Tensor>[]
        {
            (x, y) => F.cosine_similarity(x, y), (x, y) => F.cosine_similarity(x, y.narrow(1, 0, 1), -1), (x, y) => F.cosine_similarity(x, y.unsqueeze(1), 2),
            (x, y) => F.pairwise_distance(x, y), (x, y) => F.pairwise_distance(x, y, 1, 1e-3, keepdim: true), (x, y) => F.pairwise_distance(x, y, 2.5),
            (x, y) => nn.CosineSimilarity(2).call(x, y), (x, y) => nn.PairwiseDistance(3).call(x, y),
        })
        {
            using var module = new Lambda2(function);
            TraceAssert.Right(module, randn(2, 3, 4), randn(2, 3, 4));
        }
    }
}
