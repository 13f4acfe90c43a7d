using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>Pictures of any size, whose sizes inside a network follow it otherwise than linearly.</summary>
public sealed class DynamicSizeTests
{
    private static readonly OnnxTraceOptions s_anySize = new()
    {
        DynamicDimensions = [new("x", 0, "batch"), new("x", 2, "height"), new("x", 3, "width")],
    };

    [Fact]
    public void A_plane_that_was_halved_is_unrolled_and_rolled_up_again() => Right(new Rolled(4));

    [Fact]
    public void A_size_that_looks_constant_between_two_near_ones_is_no_constant() => Right(new Rolled(16));

    [Fact]
    public void A_small_plane_takes_the_size_of_a_large_one() => Right(new Pyramid());

    [Fact]
    public void The_places_of_a_plane_are_numbered() => Right(new Positions());

    [Fact]
    public void A_whole_plane_is_pooled() => Right(new Lambda(x => F.max_pool2d(x, [x.size(2), x.size(3)]) + F.avg_pool2d(x, [x.size(2), x.size(3)])));

    [Fact]
    public void A_whole_plane_is_normalised() => Right(new Lambda(x => F.layer_norm(x, [3, x.shape[2], x.shape[3]])));

    [Fact]
    public void The_square_of_a_size_is_counted_up_to() => TraceAssert.Right(new Lambda(x => x.sum() + arange(x.shape[0] * x.shape[0])), rand(2, 4));

    [Fact]
    public void A_step_that_one_alone_needs_not_may_be_left_out_for_it() => TraceAssert.Right(
        new Masked(forOne: 0), [rand(2, 3)], new OnnxTraceOptions { DynamicDimensions = [new("x", 0, "batch"), new("x", 1, "length")] }, 1e-5);

    [Fact]
    public void Another_step_for_one_alone_is_refused()
    {
        var exception = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(
            new Masked(forOne: 1), [zeros(2, 3)], new OnnxTraceOptions { DynamicDimensions = [new("x", 0, "batch"), new("x", 1, "length")] }));
        Assert.Contains("batch 1, length 1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_size_that_no_tensor_has_before_is_refused()
    {
        var exception = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(new ThirdOfPlaces(), [rand(2, 3, 12, 12)], s_anySize));
        Assert.Contains("expand", exception.Message, StringComparison.Ordinal);
        Assert.Contains("no tensor before it has it", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_size_of_a_shape_may_follow_the_inputs_otherwise_than_linearly()
    {
        foreach (Func<Tensor, Tensor> function in new Func<Tensor, Tensor>[]
        {
            x => x.flatten(2).transpose(1, 2).view(x.shape[0], x.shape[2], x.shape[3], 3), // both given
            x => x.view(3 * x.shape[0], x.shape[2] * x.shape[3]).sin().view(x.shape),
            x => x.reshape(x.shape[0] * x.shape[2], -1, x.shape[3]),
            x => x.permute(0, 2, 3, 1).reshape(-1, 3).softmax(1).view(x.shape[0], x.shape[2] * x.shape[3], 3),
            x => x.view(x.shape[0] * x.shape[2] * x.shape[3], 3),
            x => x.unsqueeze(1).expand(-1, 4, -1, -1, -1).reshape(2 * x.shape[0], x.shape[2] * x.shape[3] * 2, 3),
        })
        {
            using var module = new Lambda(function);
            Right(module);
        }
    }

    [Fact]
    public void An_axis_is_split_into_parts_of_fixed_size_where_there_is_no_rest()
    {
        using var module = new Lambda(x => x.view(x.shape[0], 3, x.shape[2] / 4, 4, x.shape[3] / 2, 2).mean([3, 5]).flatten(1, 2));
        TraceAssert.Right(module, [rand(2, 3, 8, 6)], s_anySize, 1e-5, [1, 4, 2], [3, 24, 10], [2, 4, 36]);
    }

    [Fact]
    public void Two_sizes_that_nothing_tells_are_refused()
    {
        using var module = new Lambda(x => cat([x, x, x], 1).view(x.shape[0], x.shape[2] / 4 * 3, 4, x.shape[3] / 4 * 3, 4));
        var exception = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, [rand(2, 3, 8, 12)], s_anySize));
        Assert.Contains("2 sizes that view gives", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_are_those_of_any_size()
    {
        foreach (Func<Tensor, Tensor> function in new Func<Tensor, Tensor>[]
        {
            x => F.adaptive_avg_pool2d(x, (3, 7)),
            x => F.adaptive_avg_pool2d(x, [x.shape[3], x.shape[2]]),
            x => F.adaptive_avg_pool2d(x[0], (5, 2)).unsqueeze(0),
            x => F.adaptive_avg_pool1d(x.flatten(2), 5),
            x => F.adaptive_avg_pool3d(x.unsqueeze(2), [1, 2, 3]),
            x => F.adaptive_max_pool2d(x, [6, 6]),
            x => F.adaptive_max_pool2d(x, [x.shape[3], 2]),
            x => F.adaptive_max_pool1d(x.flatten(2), 4),
            x => F.adaptive_max_pool2d_with_indices(x, [4, 3]).Indices,
            x => F.adaptive_avg_pool2d(F.max_pool2d(x.exp(), 2, 2, 1), 2).log(),
            x => F.interpolate(x, [4, 5], mode: InterpolationMode.Area),
            x => F.interpolate(x, scale_factor: [0.7, 1.5], mode: InterpolationMode.Area),
        })
        {
            using var module = new Lambda(function);
            TraceAssert.Right(module, [randn(2, 3, 12, 13)], s_anySize, 1e-5, [1, 2, 3], [2, 17, 4], [3, 24, 70]);
        }
    }

    [Fact]
    public void Windows_beside_infinity_are_as_they_are()
    {
        using var module = new Lambda(x => F.adaptive_avg_pool2d(1 / x.relu(), (3, 7)));
        TraceAssert.Right(module, [randn(2, 3, 12, 13)], s_anySize, 1e-3, [1, 2, 3], [2, 17, 4], [3, 24, 70]);
    }

    [Fact]
    public void Lines_are_resampled_by_any_factor()
    {
        foreach (Func<Tensor, Tensor> function in new Func<Tensor, Tensor>[]
        {
            x => F.interpolate(x, scale_factor: [2.3, 0.7]),
            x => F.interpolate(x, scale_factor: [2.3, 0.7], recompute_scale_factor: true),
            x => F.interpolate(x, scale_factor: [2, 3], recompute_scale_factor: true),
            x => F.interpolate(x, scale_factor: [2.3, 0.7], mode: InterpolationMode.Bilinear, recompute_scale_factor: true),
            x => F.interpolate(x, scale_factor: [0.5, 1.5], mode: InterpolationMode.Bilinear),
            x => F.interpolate(x, scale_factor: [0.25, 2.5], mode: InterpolationMode.Bilinear, align_corners: true),
            x => F.interpolate(x, scale_factor: [0.75, 1.25], mode: InterpolationMode.Bicubic),
            x => F.interpolate(x, [5, x.shape[2]], mode: InterpolationMode.Bicubic),
            x => F.interpolate(x, [5, x.shape[2]], mode: InterpolationMode.Nearest),
        })
        {
            using var module = new Lambda(function);
            TraceAssert.Right(module, [randn(2, 3, 12, 13)], s_anySize, 1e-4, [1, 4, 3], [2, 17, 4], [3, 24, 70]);
            TraceAssert.Right(module, [randn(2, 3, 12, 13)], s_anySize, 1e-3, [1, 255, 511]); // coordinates of hundreds are rounded in float
        }
    }

    [Fact]
    public void Lines_that_would_not_be_the_same_are_refused()
    {
        foreach ((Func<Tensor, Tensor> function, string says) in new (Func<Tensor, Tensor>, string)[]
        {
            (x => F.interpolate(x, scale_factor: [1.25, 2], mode: InterpolationMode.Bilinear), "another size in float"),
            (x => F.interpolate(x, scale_factor: [0.7, 2], mode: InterpolationMode.Bilinear), "another size in float"),
            (x => F.interpolate(x, [5, 5], mode: InterpolationMode.NearestExact), "exactly nearest"),
            (x => F.interpolate(x, [x.shape[2] / 3, 5]), "no tensor before it has it"),
            (x => F.adaptive_avg_pool2d(x, (x.shape[2] / 3, 5)), "no tensor before it has it"),
        })
        {
            using var module = new Lambda(function);
            var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, [randn(2, 3, 12, 13)], s_anySize));
            Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_nearest_lines_are_libtorchs_at_every_size()
    {
        using IDisposable scope = NewDisposeScope();
        using var module = new Lambda2((x, y) => F.interpolate(x, [y.shape[0]]));
        OnnxTraceOptions options = new() { DynamicDimensions = [new("x", 2, "from"), new("y", 0, "to")] };
        OnnxModel model = OnnxExporter.Export(module, [rand(1, 1, 5), rand(7)], options);
        using var session = new OnnxSession(model);
        foreach (long from in Enumerable.Range(1, 60).Select(size => (long)size).Concat([511, 1000, 4095, 30011]))
        {
            Tensor lines = arange(from, ScalarType.Float32).view(1, 1, -1);
            foreach (long to in Enumerable.Range(1, 90).Select(size => (long)size).Concat([from, 2 * from, 777, 2048, 40009]))
                Assert.True(module.forward(lines, zeros(to)).Equals(session.Run(lines, zeros(to))[0]), $"from {from} to {to}");
        }
    }

    private static void Right(nn.Module module) => TraceAssert.Right(module, [rand(2, 3, 32, 32)], s_anySize, 1e-5);

    private sealed class Rolled : Module<Tensor, Tensor>
    {
        private readonly Conv2d conv;
        private readonly Linear linear = Linear(4, 4);

        public Rolled(long stride) : base("rolled")
        {
            conv = Conv2d(3, 4, stride, stride, stride / 2);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            x = conv.call(x);
            (long height, long width) = (x.shape[2], x.shape[3]);
            x = linear.call(x.flatten(2).permute(0, 2, 1));
            return x.reshape(-1, height, width, 4).permute(0, 3, 1, 2);
        }
    }

    private sealed class Pyramid : Module<Tensor, Tensor>
    {
        private readonly Conv2d down = Conv2d(3, 3, 3, 2, 1);

        public Pyramid() : base("pyramid") => RegisterComponents();

        public override Tensor forward(Tensor x)
        {
            Tensor half = down.call(x), quarter = down.call(half);
            half += F.interpolate(quarter, size: [half.shape[2], half.shape[3]], mode: InterpolationMode.Bilinear);
            return x + F.interpolate(half, size: x.shape[2..], mode: InterpolationMode.Bilinear);
        }
    }

    private sealed class Positions : Module<Tensor, Tensor>
    {
        private readonly Conv2d down = Conv2d(3, 4, 3, 2, 1);
        private readonly Embedding places = Embedding(2000, 4);

        public Positions() : base("positions") => RegisterComponents();

        public override Tensor forward(Tensor x)
        {
            x = down.call(x);
            (long batch, long count) = (x.shape[0], x.shape[2] * x.shape[3]);
            return x.view(batch, 4, count).transpose(1, 2) + places.weight!.narrow(0, 0, count).unsqueeze(0).expand(batch, count, 4);
        }
    }

    private sealed class Masked(float forOne) : Module<Tensor, Tensor>("masked")
    {
        public override Tensor forward(Tensor x)
        {
            Tensor scores = x.unsqueeze(2) - x.unsqueeze(1);
            if (x.shape[1] > 1)
                scores = scores + full(x.shape[1], x.shape[1], float.NegativeInfinity).triu(1);
            else
                scores = scores + (x.unsqueeze(2) * forOne);
            return scores;
        }
    }

    private sealed class ThirdOfPlaces() : Module<Tensor, Tensor>("third")
    {
        public override Tensor forward(Tensor x) => x.mean([2, 3]).unsqueeze(2).expand(-1, -1, 1 + (x.shape[2] / 3));
    }
}
