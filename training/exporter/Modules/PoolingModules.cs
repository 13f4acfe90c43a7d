using TorchSharp.Modules;

namespace MnistAdder.OnnxExport.Modules;

/// <summary>Pooling over one and two dimensions.</summary>
internal static class PoolingModules
{
    public static OnnxModuleRegistry AddTo(OnnxModuleRegistry registry) => registry
        .With<MaxPool1d>((graph, module, input) => Max(
            graph,
            input,
            [module.kernel_size],
            AsArray(module.stride),
            AsArray(module.padding),
            AsArray(module.dilation),
            module.ceil_mode))
        .With<MaxPool2d>((graph, module, input) => Max(
            graph, input, module.kernel_size, module.stride, module.padding, module.dilation, module.ceil_mode))
        .With<AvgPool1d>((graph, module, input) => Average(
            graph,
            input,
            [module.kernel_size],
            AsArray(module.stride),
            AsArray(module.padding),
            module.ceil_mode,
            module.count_include_pad,
            divisor: null))
        .With<AvgPool2d>((graph, module, input) => Average(
            graph,
            input,
            module.kernel_size,
            module.stride,
            module.padding,
            module.ceil_mode,
            module.count_include_pad,
            module.divisor_override))
        .With<AdaptiveAvgPool1d>((graph, module, input) => Global(graph, input, [module.output_size], 1))
        .With<AdaptiveAvgPool2d>((graph, module, input) => Global(graph, input, module.output_size, 2));

    private static OnnxValue Max(
        OnnxGraph graph, OnnxValue input, long[] kernel, long[]? stride, long[]? padding, long[]? dilation, bool ceilMode)
    {
        graph.RequireRank(input, kernel.Length + 2);
        OnnxAttribute[] attributes =
        [
            .. Attributes(kernel, stride, padding, ceilMode),
            OnnxAttribute.Ints("dilations", dilation ?? [.. Enumerable.Repeat(1L, kernel.Length)]),
        ];
        return graph.AddNode("MaxPool", [input], attributes, rank: input.Rank);
    }

    private static OnnxValue Average(
        OnnxGraph graph, OnnxValue input, long[] kernel, long[]? stride, long[]? padding, bool ceilMode, bool countPadding, long? divisor)
    {
        graph.RequireRank(input, kernel.Length + 2);
        if (divisor is not null && ceilMode)
            throw graph.NotSupported("it has a divisor_override and ceil_mode, and ONNX has no such divisor for windows that are cut off");

        // A divisor of one's own is the plain average over the whole window, scaled.
        OnnxAttribute[] attributes =
        [
            .. Attributes(kernel, stride, padding, ceilMode),
            OnnxAttribute.Bool("count_include_pad", countPadding || divisor is not null),
        ];
        OnnxValue average = graph.AddNode("AveragePool", [input], attributes, rank: input.Rank);
        return divisor is { } number ? graph.Mul(average, kernel.Aggregate(1.0, (product, size) => product * size) / number) : average;
    }

    private static OnnxValue Global(OnnxGraph graph, OnnxValue input, long[] outputSize, int dimensions)
    {
        graph.RequireRank(input, dimensions + 2);
        if (outputSize.Any(size => size != 1))
        {
            throw graph.NotSupported(
                $"its output size is [{string.Join(", ", outputSize)}], and ONNX pools adaptively to size 1 only; "
                + "use a pooling with a fixed window");
        }

        return graph.AddNode("GlobalAveragePool", [input], rank: input.Rank);
    }

    // TorchSharp leaves null what has its default: the stride is then the kernel's size.
    private static OnnxAttribute[] Attributes(long[] kernel, long[]? stride, long[]? padding, bool ceilMode)
    {
        padding ??= new long[kernel.Length];
        return
        [
            OnnxAttribute.Ints("kernel_shape", kernel),
            OnnxAttribute.Ints("strides", stride ?? kernel),
            OnnxAttribute.Ints("pads", [.. padding, .. padding]),
            OnnxAttribute.Bool("ceil_mode", ceilMode),
        ];
    }

    private static long[]? AsArray(long? number) => number is { } value ? [value] : null;
}
