using MnistAdder.OnnxExport.Tracing;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Images at another resolution, or at other places.</summary>
internal static class ResamplingOperations
{
    [Lowering("interpolate", "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d")]
    private static OnnxValue Interpolate(Operation operation)
    {
        if (operation.Flag(false, "antialias"))
            throw operation.NotSupported("interpolate has antialias, which ONNX can only from opset 18 on", "Leave it off");
        InterpolationMode mode = operation.Argument("mode") is InterpolationMode given ? given : InterpolationMode.Nearest;
        return mode switch
        {
            InterpolationMode.Nearest or InterpolationMode.NearestExact => Nearest(operation, mode),
            InterpolationMode.Area => Area(operation),
            InterpolationMode.Bicubic => Resize(operation, "cubic", OnnxAttribute.Float("cubic_coeff_a", -0.75)),
            _ => Resize(operation, "linear"),
        };
    }

    [Lowering("grid_sample")]
    private static OnnxValue GridSample(Operation operation)
    {
        operation.RequireFloat();
        if (operation.Rank != 4)
            throw operation.NotSupported("grid_sample samples in space, which ONNX can only from opset 20 on", "Sample planes");
        var padding = (GridSamplePaddingMode)operation.Argument("padding_mode")!;
        List<OnnxAttribute> attributes =
        [
            OnnxAttribute.String("padding_mode", padding.ToString().ToLowerInvariant()),
            OnnxAttribute.Bool("align_corners", operation.Flag(false, "align_corners")),
        ];

        // Linear is what ONNX does where it isn't told; the word for it changed with opset 20.
        if ((GridSampleMode)operation.Argument("mode")! == GridSampleMode.Nearest)
            attributes.Add(OnnxAttribute.String("mode", "nearest"));
        return operation.Graph.AddNode("GridSample", [operation.Self, operation.Input("grid")], [.. attributes], rank: 4);
    }

    [Lowering("affine_grid")]
    private static OnnxValue AffineGrid(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        int dimensions = operation.OutputShape.Count - 2;
        long[] sizes = FixedSizes(operation, operation.OutputShape.Skip(1).Take(dimensions));
        using DisposeScope scope = NewDisposeScope();
        Tensor identity = eye(dimensions, dimensions + 1, operation.TypeOf((Tensor)operation.Argument("theta")!)).unsqueeze(0);
        Tensor places = F.affine_grid(identity, [1, 1, .. sizes], operation.Flag(false, "align_corners")).reshape(-1, dimensions);
        OnnxValue corners = graph.Constant(OnnxTensor.From(cat([places, ones_like(places.narrow(1, 0, 1))], 1)), "places"); // [H·W,3]
        OnnxValue moved = graph.MatMul(corners, graph.Transpose(operation.Self, 0, 2, 1));
        return operation.ReshapeTo(moved, [.. operation.OutputShape.Take(1)], operation.OutputShape);
    }

    // libtorch itself tells which lines it takes: it multiplies in float, and ONNX Runtime divides.
    private static OnnxValue Nearest(Operation operation, InterpolationMode mode)
    {
        int dimensions = operation.Rank - 2;
        if (operation.SelfShape.Skip(2).Any(size => size is not { IsConstant: true }))
        {
            return FactorsOf(operation) is { } factors && factors.All(factor => factor == Math.Floor(factor))
                ? Repeated(operation, mode, factors)
                : NearestOfAny(operation, mode);
        }

        long[] sizes = FixedSizes(operation, operation.SelfShape.Skip(2));
        OnnxValue value = operation.Self;
        for (int i = 0; i < dimensions; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            var shape = new long[operation.Rank];
            Array.Fill(shape, 1);
            shape[i + 2] = sizes[i];
            Tensor lines = arange(sizes[i], ScalarType.Float32).reshape(shape).expand([1, 1, .. sizes]).contiguous();
            Tensor taken = F.interpolate(lines, Sizes(operation, dimensions), Scales(operation, dimensions), mode, recompute_scale_factor: operation.Flag(false, "recompute_scale_factor"));
            for (int axis = 2; axis < operation.Rank; axis++)
            {
                if (axis != i + 2)
                    taken = taken.narrow(axis, 0, 1);
            }

            long[] places = taken.to_type(ScalarType.Int64).flatten().data<long>().ToArray();
            if (!places.SequenceEqual(PixelOperations.Numbers(sizes[i])))
                value = operation.Graph.Gather(value, operation.Graph.Int64s("lines", places), i + 2);
        }

        return value;
    }

    // Lines of any number are each taken as often as a whole factor says.
    private static OnnxValue Repeated(Operation operation, InterpolationMode mode, double[] factors)
    {
        const long Many = 1 << 16;
        int dimensions = operation.Rank - 2;
        if (factors.FirstOrDefault(factor => !IsRepetition((long)factor)) is not 0 and var other)
            throw operation.NotSupported($"interpolate doesn't take each line {other} times, since it computes in float", "Give the size");
        OnnxGraph graph = operation.Graph;
        OnnxValue value = operation.Self;
        for (int i = 0; i < dimensions; i++)
        {
            if (factors[i] == 1)
                continue;

            // [N,C,H,…] → [N,C,H,1,…] → [N,C,H,k,…] → [N,C,H·k,…]
            long[] repeats = new long[operation.Rank + 1];
            Array.Fill(repeats, 1);
            repeats[i + 3] = (long)factors[i];
            value = graph.AddNode("Tile", [graph.Unsqueeze(value, i + 3), graph.Int64s("repeats", repeats)], rank: operation.Rank + 1);
            IReadOnlyList<TracedSize?> shape = [.. operation.OutputShape.Take(i + 3), .. operation.SelfShape.Skip(i + 3)];
            value = graph.Reshape(value, operation.ShapeValue(shape), operation.Rank);
        }

        return value;

        bool IsRepetition(long factor)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor lines = arange(Many, ScalarType.Float32).reshape(1, 1, -1);
            Tensor taken = F.interpolate(lines, scale_factor: [factor], mode: mode);
            return taken.flatten().Equals(lines.flatten().repeat_interleave(factor));
        }
    }

    // Line ⌊i·scale⌋ for the i-th, computed in float as libtorch does.
    private static OnnxValue NearestOfAny(Operation operation, InterpolationMode mode)
    {
        operation.RequireFloat();
        if (mode == InterpolationMode.NearestExact)
            throw operation.NotSupported("interpolate takes the exactly nearest of lines whose number is dynamic", "Take the nearest, make the sizes fixed, or give a whole factor");
        OnnxGraph graph = operation.Graph;
        OnnxValue value = operation.Self;
        double[]? factors = FactorsOf(operation);
        for (int axis = 2; axis < operation.Rank; axis++)
        {
            OnnxValue size = graph.Shape(value, axis, axis + 1), count = SizeOf(operation, axis);
            OnnxValue scale = factors is null
                ? graph.Div(graph.Cast(size, OnnxElementType.Float), graph.Cast(count, OnnxElementType.Float))
                : operation.Constant(OnnxElementType.Float, 1 / factors[axis - 2], "scale");
            OnnxValue lines = graph.Elementwise("Floor", graph.Mul(graph.Cast(graph.Numbers(count), OnnxElementType.Float), scale));
            value = graph.Gather(value, graph.Extreme("Min", graph.Cast(lines, OnnxElementType.Int64), graph.Sub(size, 1)), axis);
        }

        return value;
    }

    // How many lines the result has: the size that was given, or the factor's, rounded down; int64 [1].
    private static OnnxValue SizeOf(Operation operation, int axis)
    {
        TracedSize size = operation.OutputShape[axis]!;
        if (size.IsConstant || Scales(operation, operation.Rank - 2) is not { } factors)
            return operation.SizeValue(size);
        OnnxGraph graph = operation.Graph;
        OnnxValue from = graph.Cast(graph.Shape(operation.Self, axis, axis + 1), OnnxElementType.Double);
        return graph.Cast(graph.Elementwise("Floor", graph.Mul(from, factors[axis - 2])), OnnxElementType.Int64);
    }

    private static OnnxValue Area(Operation operation)
    {
        operation.RequireFloat();
        return AdaptivePoolingOperations.Average(operation, operation.Self, operation.Rank - 2, axis => SizeOf(operation, axis));
    }

    // Coordinates follow the factors where those are given, and else the sizes.
    private static OnnxValue Resize(Operation operation, string mode, params ReadOnlySpan<OnnxAttribute> others)
    {
        operation.RequireFloat();
        OnnxGraph graph = operation.Graph;
        OnnxAttribute[] attributes =
        [
            OnnxAttribute.String("mode", mode),
            OnnxAttribute.String("coordinate_transformation_mode", operation.Flag(false, "align_corners") ? "align_corners" : "half_pixel"),
            .. others,
        ];
        if (FactorsOf(operation) is not { } factors)
        {
            OnnxValue shape = operation.OutputShape.All(size => size is { IsConstant: true })
                ? operation.ShapeValue(operation.OutputShape, "sizes")
                : graph.Concat(0, [
                    operation.ShapeValue([.. operation.OutputShape.Take(2)], "sizes"),
                    .. Enumerable.Range(2, operation.Rank - 2).Select(axis => SizeOf(operation, axis)),
                ]);
            return graph.AddNode("Resize", [operation.Self, null, null, shape], attributes, rank: operation.Rank);
        }

        float[] scales = [1, 1, .. factors.Select((factor, i) => Factor(operation, mode, factor, i + 2))];
        return graph.AddNode("Resize", [operation.Self, null, graph.Constant(OnnxTensor.Of<float>(scales, scales.Length), "scales")], attributes, rank: operation.Rank);
    }

    // A factor in float, in which ONNX has it.
    private static float Factor(Operation operation, string mode, double factor, int axis)
    {
        // One of few digits gives the same size in float; below one and a half and above one, libtorch leaves an axis of few lines as it is.
        bool isExact = factor * 256 == Math.Floor(factor * 256) && (factor <= 1 || factor >= 1.5 || mode != "linear");
        if ((operation.SelfShape[axis], operation.OutputShape[axis]) is ({ IsConstant: true } from, { IsConstant: true } to))
        {
            if (from.Constant == to.Constant && mode == "linear")
                return 1; // libtorch leaves the axis as it is, whatever the factor
            isExact = (long)((float)factor * from.Constant) == to.Constant;
        }

        return isExact ? (float)factor : throw operation.NotSupported("a scale_factor gives another size in float, in which ONNX has it", "Give the size, or recompute_scale_factor: true");
    }

    private static long[]? Sizes(Operation operation, int dimensions) =>
        operation.Integers("size", "outputSize", "outputSizes") is { Length: > 0 } ? operation.PerDimension(dimensions, 1, "size", "outputSize", "outputSizes") : null;

    // The factors that coordinates follow.
    private static double[]? FactorsOf(Operation operation) =>
        operation.Flag(false, "recompute_scale_factor") ? null : Scales(operation, operation.Rank - 2);

    private static double[]? Scales(Operation operation, int dimensions) => operation.Argument("scale_factor", "scaleFactor", "scaleFactors") switch
    {
        double one => [.. Enumerable.Repeat(one, dimensions)],
        double[] { Length: 1 } one => [.. Enumerable.Repeat(one[0], dimensions)],
        double[] { Length: > 0 } factors => factors,
        _ => null,
    };

    private static long[] FixedSizes(Operation operation, IEnumerable<TracedSize?> sizes) =>
    [
        .. sizes.Select(size => size is { IsConstant: true }
            ? size.Constant
            : throw operation.NotSupported($"the result of {operation.MethodName} follows the size of an input", "Make its height and width fixed")),
    ];
}
