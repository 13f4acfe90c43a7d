using MnistAdder.OnnxExport.Tracing;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Pooling by windows of one size.</summary>
internal static class PoolingOperations
{
    [Lowering("max_pool1d", "max_pool2d", "max_pool3d")]
    private static OnnxValue Max(Operation operation) => Whole(operation, "GlobalMaxPool") ?? Max(operation, new PoolingWindow(operation), withPlaces: false)[0];

    [Lowering("max_pool1d_with_indices", "max_pool2d_with_indices", "max_pool3d_with_indices")]
    private static OnnxValue[] MaxWithPlaces(Operation operation) => Max(operation, new PoolingWindow(operation), withPlaces: true);

    [Lowering("avg_pool1d", "avg_pool2d", "avg_pool3d")]
    private static OnnxValue Average(Operation operation)
    {
        if (!operation.Has("divisor_override") && Whole(operation, "GlobalAveragePool") is { } whole)
            return whole;
        var window = new PoolingWindow(operation);
        double? divisor = operation.Number("divisor_override");
        bool countsPadding = divisor is not null || operation.Flag(true, "count_include_pad");
        OnnxValue average = Average(operation, operation.Self, window, countsPadding, wholeWindows: divisor is not null);
        return divisor is { } number ? operation.Graph.Mul(average, window.Size / number) : average;
    }

    // The p-th root of the sum of p-th powers, as libtorch has it: of the numbers themselves, not of their sizes.
    [Lowering("lp_pool1d", "lp_pool2d", "lp_pool3d")]
    private static OnnxValue Power(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        var window = new PoolingWindow(operation);
        double power = operation.Number("norm_type")!.Value;
        OnnxValue powers = graph.AddNode("Pow", [operation.Self, operation.Constant(operation.OutputType, power, "power")], rank: operation.Rank);
        OnnxValue sums = graph.Mul(Average(operation, powers, window, countsPadding: true, wholeWindows: false), window.Size);
        return graph.AddNode("Pow", [sums, operation.Constant(operation.OutputType, 1 / power, "root")], rank: operation.Rank);
    }

    // Puts each number back at its place within a channel.
    [Lowering("max_unpool1d")] // those of more dimensions don't work in TorchSharp 0.107
    private static OnnxValue Unpooled(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue zero = operation.Constant(operation.OutputType, 0, "zero");
        OnnxValue empty = graph.AddNode("Expand", [zero, operation.ShapeValue(operation.OutputShape)], rank: operation.Rank);
        return graph.AddNode("ScatterElements", [empty, operation.Input("indices"), operation.Self], [OnnxAttribute.Int("axis", operation.Rank - 1)], rank: operation.Rank);
    }

    // One window of a whole plane of dynamic size, as x.size(2) gives it; null where it isn't that.
    private static OnnxValue? Whole(Operation operation, string opType)
    {
        IReadOnlyList<TracedSize?> kernel = operation.Sizes("kernel_size")!, plane = [.. operation.SelfShape.TakeLast(PoolingWindow.DimensionsOf(operation))];
        bool isWhole = plane.Any(size => size is not { IsConstant: true })
            && plane.Select((size, i) => size is not null && size.Equals(kernel[kernel.Count == 1 ? 0 : i])).All(same => same)
            && (operation.Integers("padding") ?? []).All(size => size == 0);
        if (!isWhole)
            return null;
        operation.RequireFloat();
        OnnxGraph graph = operation.Graph;
        bool isSingle = operation.Rank == plane.Count + 1;
        OnnxValue pooled = graph.AddNode(opType, [isSingle ? graph.Unsqueeze(operation.Self, 0) : operation.Self], rank: plane.Count + 2);
        return isSingle ? graph.Squeeze(pooled, 0) : pooled;
    }

    private static OnnxValue[] Max(Operation operation, PoolingWindow window, bool withPlaces)
    {
        OnnxGraph graph = operation.Graph;
        operation.RequireFloat(OnnxElementType.Double, OnnxElementType.Int8, OnnxElementType.UInt8);
        OnnxValue input = window.Batched(operation.Self);
        OnnxAttribute[] attributes = [.. window.Attributes, OnnxAttribute.Ints("dilations", window.Dilations)];
        if (!withPlaces)
            return [window.Unbatched(graph.AddNode("MaxPool", [input], attributes, rank: input.Rank))];
        IReadOnlyList<OnnxValue> outputs = graph.AddNodeMany("MaxPool", [input], attributes, [(input.ElementType, input.Rank), (OnnxElementType.Int64, input.Rank)]);

        // ONNX numbers the places of the whole tensor, TorchSharp those of each channel.
        OnnxValue size = operation.ShapeValue([.. operation.SelfShape.TakeLast(window.Dimensions)], "sizes");
        OnnxValue count = graph.AddNode("ReduceProd", [size], [OnnxAttribute.Bool("keepdims", false)], rank: 0);
        return [window.Unbatched(outputs[0]), window.Unbatched(graph.AddNode("Mod", [outputs[1], count], rank: input.Rank))];
    }

    private static OnnxValue Average(Operation operation, OnnxValue value, PoolingWindow window, bool countsPadding, bool wholeWindows)
    {
        operation.RequireFloat();
        OnnxGraph graph = operation.Graph;
        if (window.IsCutOff && (wholeWindows || operation.SelfShape.TakeLast(window.Dimensions).Any(size => size is not { IsConstant: true })))
            throw operation.NotSupported("windows that are cut off are averaged, by a divisor or over a dimension that is dynamic", "Leave ceil_mode off");
        OnnxValue input = window.Batched(value);
        return window.Unbatched(graph.AddNode("AveragePool", [input], [.. window.Attributes, OnnxAttribute.Bool("count_include_pad", countsPadding)], rank: input.Rank));
    }

    // What a pooling's arguments say for each of the dimensions that it moves along.
    private sealed class PoolingWindow
    {
        private readonly Operation _operation;
        private readonly long[] _kernel;
        private readonly long[] _strides;
        private readonly long[] _padding;

        public PoolingWindow(Operation operation)
        {
            _operation = operation;
            Dimensions = DimensionsOf(operation);
            _kernel = operation.PerDimension(Dimensions, 1, "kernel_size");
            _strides = operation.Integers("stride", "strides") is { Length: > 0 } ? operation.PerDimension(Dimensions, 1, "stride", "strides") : _kernel;
            _padding = operation.PerDimension(Dimensions, 0, "padding");
            Dilations = operation.PerDimension(Dimensions, 1, "dilation");
            IsCutOff = operation.Flag(false, "ceil_mode");
        }

        public static int DimensionsOf(Operation operation) => operation.Name.First(char.IsAsciiDigit) - '0';

        public int Dimensions { get; }

        public long[] Dilations { get; }

        /// <summary>Whether the last windows may reach beyond the padding.</summary>
        public bool IsCutOff { get; }

        /// <summary>How many elements are in a window.</summary>
        public double Size => _kernel.Aggregate(1.0, (product, size) => product * size);

        public OnnxAttribute[] Attributes =>
        [
            OnnxAttribute.Ints("kernel_shape", _kernel),
            OnnxAttribute.Ints("strides", _strides),
            OnnxAttribute.Ints("pads", [.. _padding, .. _padding]),
            OnnxAttribute.Bool("ceil_mode", IsCutOff),
        ];

        private bool IsSingle => _operation.Rank == Dimensions + 1;

        /// <summary>ONNX takes batches only.</summary>
        public OnnxValue Batched(OnnxValue value) => IsSingle ? _operation.Graph.Unsqueeze(value, 0) : value;

        public OnnxValue Unbatched(OnnxValue value) => IsSingle ? _operation.Graph.Squeeze(value, 0) : value;
    }
}
