namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Convolutions, pooling and matrix products.</summary>
internal static class ConvolutionOperations
{
    [Lowering("max_pool1d", "max_pool2d", "max_pool3d")]
    private static OnnxValue MaxPool(Operation operation)
    {
        int dimensions = operation.Name[^2] - '0';
        long[] kernel = PerDimension(operation.Integers("kernel_size")!, dimensions);
        long[] padding = PerDimension(operation.Integers("padding") ?? [0], dimensions);
        return operation.Graph.AddNode(
            "MaxPool",
            [operation.Self],
            [
                OnnxAttribute.Ints("kernel_shape", kernel),
                OnnxAttribute.Ints("strides", operation.Integers("stride", "strides") is { Length: > 0 } stride ? PerDimension(stride, dimensions) : kernel),
                OnnxAttribute.Ints("pads", [.. padding, .. padding]),
                OnnxAttribute.Ints("dilations", PerDimension(operation.Integers("dilation") ?? [1], dimensions)),
                OnnxAttribute.Bool("ceil_mode", operation.Flag(false, "ceil_mode")),
            ],
            rank: operation.Rank);
    }

    private static long[] PerDimension(long[] numbers, int dimensions) => numbers.Length == 1 ? [.. Enumerable.Repeat(numbers[0], dimensions)] : numbers;
}
