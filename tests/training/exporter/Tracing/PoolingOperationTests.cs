using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class PoolingOperationTests
{
    private static readonly Dictionary<string, (Func<Tensor, Tensor> Function, long[] Shape)> s_functions = new()
    {
        ["max_pool1d"] = (x => F.max_pool1d(x, 3) + F.max_pool1d(x, 3, 3, 0, 1, ceil_mode: false), [2, 3, 12]),
        ["max_pool1d, padded"] = (x => F.max_pool1d(x, 3, 2, 1, 2), [2, 3, 12]),
        ["max_pool2d"] = (x => F.max_pool2d(x, 2), [2, 3, 8, 9]),
        ["max_pool2d, tuples"] = (x => F.max_pool2d(x, (3, 2), (2, 1), (1, 0), (1, 2)), [2, 3, 8, 9]),
        ["max_pool2d, arrays"] = (x => F.max_pool2d(x, [3, 2], [2, 1], [1, 1], ceil_mode: true), [2, 3, 8, 9]),
        ["max_pool2d, cut off"] = (x => F.max_pool2d(x, 2, 3, ceil_mode: true), [2, 3, 8, 10]),
        ["max_pool2d, a window left out"] = (x => F.max_pool2d(x, 1, 3, ceil_mode: true), [2, 3, 5, 6]),
        ["max_pool2d, a padded window left out"] = (x => F.max_pool2d(x, 2, 2, 1, ceil_mode: true), [2, 3, 5, 6]),
        ["max_pool3d"] = (x => F.max_pool3d(x, [2, 2, 3], padding: [1, 0, 1]), [2, 3, 6, 5, 7]),
        ["MaxPool3d"] = (x => nn.MaxPool3d(2, 1).call(x), [2, 3, 6, 5, 7]),
        ["max_pool2d of one sample"] = (x => F.max_pool2d(x[0], 2) + F.max_pool2d(x, 2), [2, 3, 8, 8]),
        ["avg_pool1d"] = (x => F.avg_pool1d(x, 3) + F.avg_pool1d(x, 3, 3, 0), [2, 3, 12]),
        ["avg_pool1d, padded"] = (x => F.avg_pool1d(x, 3, 2, 1, count_include_pad: false), [2, 3, 12]),
        ["avg_pool2d"] = (x => F.avg_pool2d(x, 2, padding: 1) + F.avg_pool2d(x, (2, 2), null, (1, 1)), [2, 3, 8, 9]),
        ["avg_pool2d by a divisor"] = (x => F.avg_pool2d(x, [3, 2], [2, 2], [1, 1], divisor_override: 5, count_include_pad: false), [2, 3, 8, 9]),
        ["avg_pool2d, cut off"] = (x => F.avg_pool2d(x, 3, 2, ceil_mode: true), [2, 3, 8, 10]),
        ["avg_pool2d, padded and cut off"] = (x => F.avg_pool2d(x, 3, 2, 1, ceil_mode: true), [2, 3, 8, 10]),
        ["avg_pool2d, padded without the padding and cut off"] = (x => F.avg_pool2d(x, 3, 2, 1, ceil_mode: true, count_include_pad: false), [2, 3, 8, 10]),
        ["avg_pool2d, a window left out"] = (x => F.avg_pool2d(x, 2, 2, 1, ceil_mode: true), [2, 3, 5, 6]),
        ["avg_pool3d"] = (x => F.avg_pool3d(x, [2, 2, 3], padding: [1, 0, 1]), [2, 3, 6, 5, 7]),
        ["AvgPool3d"] = (x => nn.AvgPool3d(2, 1).call(x), [2, 3, 6, 5, 7]),
        ["lp_pool1d"] = (x => F.lp_pool1d(x.abs(), 3, 2, 1), [2, 3, 12]),
        ["lp_pool2d"] = (x => F.lp_pool2d(x, 2, 3) + F.lp_pool2d(x, 2, [3, 3]), [2, 3, 8, 9]),
        ["lp_pool2d, cut off"] = (x => F.lp_pool2d(x.abs(), 1.5, 3, 2, ceil_mode: true), [2, 3, 8, 9]),
        ["LPPool2d"] = (x => nn.LPPool2d(2, [2, 3]).call(x), [2, 3, 8, 9]),
        ["max_unpool1d"] = (x => F.max_pool1d_with_indices(x, 3) is var (values, places) ? F.max_unpool1d(values, places, 3) : x, [2, 3, 9]),
        ["adaptive_avg_pool1d"] = (x => F.adaptive_avg_pool1d(x, 5), [2, 3, 12]),
        ["adaptive_avg_pool2d"] = (x => F.adaptive_avg_pool2d(x, 7) + F.adaptive_avg_pool2d(x, (7, 7)) + F.adaptive_avg_pool2d(x, [7, 7]), [2, 3, 10, 14]),
        ["adaptive_avg_pool2d to more"] = (x => F.adaptive_avg_pool2d(x, 7), [2, 3, 4, 5]),
        ["adaptive_avg_pool2d to one"] = (x => F.adaptive_avg_pool2d(x, 1), [2, 3, 4, 5]),
        ["adaptive_avg_pool2d to the same"] = (x => F.adaptive_avg_pool2d(x, (4, 5)), [2, 3, 4, 5]),
        ["adaptive_avg_pool3d"] = (x => F.adaptive_avg_pool3d(x, [2, 3, 4]) + F.adaptive_avg_pool3d(x, (2, 3, 4)), [2, 3, 4, 5, 7]),
        ["AdaptiveAvgPool3d"] = (x => nn.AdaptiveAvgPool3d(2).call(x), [2, 3, 4, 4, 7]),
        ["adaptive_max_pool1d"] = (x => F.adaptive_max_pool1d(x, 5), [2, 3, 12]),
        ["adaptive_max_pool2d"] = (x => F.adaptive_max_pool2d(x, [7, 3]), [2, 3, 10, 9]),
        ["AdaptiveMaxPool2d"] = (x => nn.AdaptiveMaxPool2d([1, 1]).call(x), [2, 3, 7, 8]),
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
    public void A_module_that_pools_adaptively_may_pool_to_any_size()
    {
        TraceAssert.Right(nn.Sequential(nn.ReLU(), nn.PReLU(3), nn.AdaptiveAvgPool2d((3, 4))), randn(2, 3, 7, 8));
        TraceAssert.Right(nn.AdaptiveAvgPool1d(5), randn(2, 3, 7));
    }

    [Fact]
    public void Places_are_those_within_a_channel()
    {
        var pools = new Func<Tensor, (Tensor, Tensor)>[]
        {
            x => F.max_pool2d_with_indices(x, [3, 2], [2, 1], [1, 0], [1, 2]),
            x => F.adaptive_max_pool2d_with_indices(x, [4, 3]),
            x => F.adaptive_max_pool2d_with_indices(x, [3, 5]),
            x => nn.MaxPool2d(3).forward_with_indices(x),
        };
        foreach (Func<Tensor, (Tensor, Tensor)> pool in pools)
        {
            using var module = new WithPlaces(pool);
            TraceAssert.Right(module, randint(4, [2, 3, 9, 10]).to_type(ScalarType.Float32)); // with equal ones
        }
    }

    [Fact]
    public void Places_are_those_within_a_row_or_a_space()
    {
        using var row = new WithPlaces(x => F.max_pool1d_with_indices(x.flatten(2), 3, 2, 1));
        using var space = new WithPlaces(x => F.max_pool3d_with_indices(x.unsqueeze(2), [1, 2, 2]));
        TraceAssert.Right(row, randn(2, 3, 9, 10));
        TraceAssert.Right(space, randn(2, 3, 9, 10));
    }

    private sealed class WithPlaces(Func<Tensor, (Tensor, Tensor)> pool) : nn.Module<Tensor, (Tensor, Tensor)>("places")
    {
        public override (Tensor, Tensor) forward(Tensor x) => pool(x);
    }
}
