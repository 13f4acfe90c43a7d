using MnistAdder.OnnxExport.Tracing;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Pooling to a given size, by windows that may differ in size and overlap.</summary>
/// <remarks>
/// Lines are taken so often that all windows are of one size and none overlap, which ONNX's pooling needs: a window that is too small takes its last line again,
/// or a line of zeros.
/// </remarks>
internal static class AdaptivePoolingOperations
{
    [Lowering("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d")]
    private static OnnxValue Average(Operation operation)
    {
        operation.RequireFloat();
        OnnxGraph graph = operation.Graph;
        bool isSingle = IsSingle(operation);
        OnnxValue value = isSingle ? graph.Unsqueeze(operation.Self, 0) : operation.Self;
        OnnxValue average = IsWhole(operation)
            ? graph.AddNode("GlobalAveragePool", [value], rank: value.Rank)
            : Average(operation, value, Dimensions(operation), axis => CountOf(operation, axis));
        return isSingle ? graph.Squeeze(average, 0) : average;
    }

    /// <summary>Averages over the windows that a value's last axes are covered with: as many as an operation's result has elements there.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="value">The value, which is the operation's input.</param>
    /// <param name="dimensions">How many axes are covered.</param>
    /// <param name="countOf">Gives how many windows an axis has, int64 [1].</param>
    public static OnnxValue Average(Operation operation, OnnxValue value, int dimensions, Func<int, OnnxValue> countOf)
    {
        OnnxGraph graph = operation.Graph;
        if (WindowsOf(operation, dimensions) is not { } axes)
            return new DynamicWindows(graph, value, [.. Axes(operation, dimensions).Select(countOf)]).Average();
        for (int i = 0; i < axes.Length; i++)
            value = axes[i].Taken(graph, value, i + 2, fillsWithZeros: true);
        value = graph.AddNode("AveragePool", [value], Attributes(axes), rank: value.Rank);
        for (int i = 0; i < axes.Length; i++)
            value = axes[i].Weighted(graph, value, axes.Length - 1 - i);
        return value;
    }

    [Lowering("adaptive_max_pool1d_with_indices", "adaptive_max_pool2d_with_indices")] // that of three dimensions doesn't work in TorchSharp 0.107
    private static OnnxValue[] Max(Operation operation)
    {
        operation.RequireFloat(OnnxElementType.Double, OnnxElementType.Int8, OnnxElementType.UInt8);
        OnnxGraph graph = operation.Graph;
        bool isSingle = IsSingle(operation);
        OnnxValue value = isSingle ? graph.Unsqueeze(operation.Self, 0) : operation.Self;
        if (IsWhole(operation) && operation.SelfShape.TakeLast(Dimensions(operation)).Any(size => size is not { IsConstant: true }))
            return WholeMax(operation, value, isSingle);
        OnnxValue[] greatest = WindowsOf(operation, Dimensions(operation)) is { } axes
            ? Max(graph, value, axes)
            : new DynamicWindows(graph, value, [.. Axes(operation, Dimensions(operation)).Select(axis => CountOf(operation, axis))]).Greatest();
        return isSingle ? [.. greatest.Select(result => graph.Squeeze(result, 0))] : greatest;
    }

    private static OnnxValue[] Max(OnnxGraph graph, OnnxValue value, AdaptiveWindows[] axes)
    {
        for (int i = 0; i < axes.Length; i++)
            value = axes[i].Taken(graph, value, i + 2, fillsWithZeros: false);
        IReadOnlyList<OnnxValue> outputs = graph.AddNodeMany("MaxPool", [value], Attributes(axes), [(value.ElementType, value.Rank), (OnnxElementType.Int64, value.Rank)]);

        // ONNX numbers the places of the whole tensor, TorchSharp those of each channel, and before lines were taken again.
        long[] places = [0];
        foreach (AdaptiveWindows axis in axes)
            places = [.. from place in places from line in axis.Lines select (place * axis.Size) + line];
        OnnxValue numbers = graph.AddNode("Mod", [outputs[1], graph.Constant(OnnxTensor.Scalar(OnnxElementType.Int64, places.Length), "count")], rank: value.Rank);
        return [outputs[0], graph.Gather(graph.Constant(OnnxTensor.Of(places, places.Length), "places"), numbers)];
    }

    private static OnnxValue[] WholeMax(Operation operation, OnnxValue value, bool isSingle)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue greatest = graph.AddNode("GlobalMaxPool", [value], rank: value.Rank);
        OnnxValue place = graph.Unsqueeze(graph.ArgMax(graph.Reshape(value, 0, 0, -1)), [.. PixelOperations.Numbers(value.Rank!.Value - 2).Select(axis => axis + 2)]);
        return isSingle ? [graph.Squeeze(greatest, 0), graph.Squeeze(place, 0)] : [greatest, place];
    }

    private static int Dimensions(Operation operation) => operation.Name.First(char.IsAsciiDigit) - '0';

    private static bool IsSingle(Operation operation) => operation.Rank == Dimensions(operation) + 1;

    private static bool IsWhole(Operation operation) => operation.OutputShape.TakeLast(Dimensions(operation)).All(size => size is { IsConstant: true, Constant: 1 });

    private static OnnxAttribute[] Attributes(IReadOnlyList<AdaptiveWindows> axes)
    {
        long[] longest = [.. axes.Select(axis => axis.Longest)];
        return [OnnxAttribute.Ints("kernel_shape", longest), OnnxAttribute.Ints("strides", longest)];
    }

    private static IEnumerable<int> Axes(Operation operation, int dimensions) => Enumerable.Range(operation.Rank - dimensions, dimensions);

    private static OnnxValue CountOf(Operation operation, int axis) => operation.SizeValue(operation.OutputShape[axis]!);

    // Null where a size is dynamic.
    private static AdaptiveWindows[]? WindowsOf(Operation operation, int dimensions)
    {
        (TracedSize? Size, TracedSize? Count)[] axes = [.. Axes(operation, dimensions).Select(axis => (operation.SelfShape[axis], operation.OutputShape[axis]))];
        if (axes.Any(axis => axis.Count is { IsConstant: true, Constant: 0 }))
            throw operation.NotSupported($"{operation.MethodName} pools to size 0", "Pool to another size");
        return axes.All(axis => axis is ({ IsConstant: true }, { IsConstant: true })) ? [.. axes.Select(axis => new AdaptiveWindows(axis.Size!.Constant, axis.Count!.Constant))] : null;
    }
}

/// <summary>The windows that an axis is covered with, as evenly as can be.</summary>
/// <param name="size">The axis's size.</param>
/// <param name="count">How many windows there are.</param>
internal sealed class AdaptiveWindows(long size, long count)
{
    /// <summary>The axis's size.</summary>
    public long Size => size;

    /// <summary>How many lines the longest window has.</summary>
    public long Longest => Enumerable.Range(0, (int)count).Max(Length);

    /// <summary>The lines in the windows, as many in each; the last again where a window has fewer.</summary>
    public long[] Lines => [.. Enumerable.Range(0, (int)count).SelectMany(window => Enumerable.Range(0, (int)Longest).Select(line => Start(window) + Math.Min(line, Length(window) - 1)))];

    private bool IsEven => size % count == 0;

    /// <summary>The lines of all windows, one after another.</summary>
    public OnnxValue Taken(OnnxGraph graph, OnnxValue value, int axis, bool fillsWithZeros)
    {
        if (IsEven)
            return value;
        long[] lines = Lines;
        if (fillsWithZeros)
        {
            for (int i = 0; i < lines.Length; i++)
            {
                if (i % Longest >= Length((int)(i / Longest)))
                    lines[i] = size; // the one line of zeros
            }

            var pads = new long[2 * value.Rank!.Value];
            pads[value.Rank.Value + axis] = 1;
            value = graph.AddNode("Pad", [value, graph.Int64s("pads", pads)], rank: value.Rank);
        }

        return graph.Gather(value, graph.Constant(OnnxTensor.Of(lines, lines.Length), "lines"), axis);
    }

    /// <summary>Makes averages over windows that zeros were added to those over the windows themselves.</summary>
    public OnnxValue Weighted(OnnxGraph graph, OnnxValue value, int following)
    {
        if (IsEven)
            return value;
        double[] weights = [.. Enumerable.Range(0, (int)count).Select(window => (double)Longest / Length(window))];
        long[] shape = [count, .. Enumerable.Repeat(1L, following)];
        return graph.Mul(value, graph.Constant(OnnxTensor.FromNumbers(value.ElementType, weights, shape), "weights"));
    }

    private long Start(int window) => window * size / count;

    private long Length(int window) => (((window + 1) * size) + count - 1) / count - Start(window);
}
