using MnistAdder.OnnxBatching.Independence.Flows;

namespace MnistAdder.OnnxBatching.Independence.Operators;

/// <summary>Operators of convolutional networks: [batch, channels, height, width], or as many other dimensions.</summary>
internal static class ImageRules
{
    private const string Runtime = "com.microsoft";

    public static void AddTo(Dictionary<(string, string), Operation.Rule> rules)
    {
        rules.Add("", operation => Convolution(operation, 1, [2]), "Conv");
        rules.Add("", operation => Convolution(operation, 1, [2, 3]), "ConvInteger");
        rules.Add("", operation => Convolution(operation, 3, [1, 2, 4, 5, 6, 7, 8]), "QLinearConv");
        rules.Add(Runtime, FusedConvolution, "FusedConv");
        rules.Add(Runtime, operation => Convolution(operation, 3, [1, 2, 4, 5, 6, 7, 8], operation.Integer("channels_last", 0) != 0), "QLinearConv");
        rules.Add("", TransposedConvolution, "ConvTranspose");
        rules.Add("", operation => Pooling(operation), "MaxPool", "AveragePool", "LpPool");
        rules.Add(Runtime, operation => Pooling(operation, channelsLast: true), "NhwcMaxPool");
        rules.Add(Runtime, operation => Pooling(operation, operation.Integer("channels_last", 0) != 0, 1, 2, 3, 4), "QLinearAveragePool");
        rules.Add("", operation => Global(operation, channelsLast: false), "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool");
        rules.Add(Runtime, operation => Global(operation, operation.Integer("channels_last", 0) != 0, 1, 2, 3, 4), "QLinearGlobalAveragePool");
        rules.Add("", BatchNormalization, "BatchNormalization");
        rules.Add("", operation => Kept(operation, 1, 2), "InstanceNormalization", "GroupNormalization", "LRN", "ImageScaler");
        rules.Add(Runtime, operation => Kept(operation, 1, 2), "GroupNorm");
        rules.Add("", operation => Blocks(operation, toSpace: true), "DepthToSpace");
        rules.Add("", operation => Blocks(operation, toSpace: false), "SpaceToDepth");
        rules.Add("", Resize, "Resize", "Upsample");
        rules.Add("", GridSample, "GridSample");
    }

    // The first input's rows have to be the batch; what else is read is the same for all of them.
    private static Flow Batch(Operation operation, params ReadOnlySpan<int> parameters)
    {
        operation.RequireSame(parameters);
        Flow data = operation.Ranked(0);
        return data.Kind == FlowKind.PerRow && data.Axis != 0 ? throw operation.Mixed("has the rows along another axis than the batch") : data;
    }

    private static Flow[] Kept(Operation operation, params ReadOnlySpan<int> parameters)
    {
        Flow data = Batch(operation, parameters);
        return [data.WithShape(data.Shape!)];
    }

    private static Flow[] FusedConvolution(Operation operation)
    {
        Flow result = Convolution(operation, 1, [2])[0];
        return operation.Has(3) ? [Broadcasting.Combine(operation, [result, operation.Ranked(3)])] : [result];
    }

    private static Flow[] Convolution(Operation operation, int weight, int[] parameters, bool channelsLast = false)
    {
        Flow data = Batch(operation, [weight, .. parameters]);
        Flow weights = operation.Ranked(weight);
        int spatial = data.Shape!.Length - 2;
        if (weights.Shape!.Length != data.Shape.Length || spatial < 1)
            throw operation.Unknown("has weights of other dimensions");
        Size[] kernel = operation.Integers("kernel_shape") is { } given && given.Length == spatial ? [.. given.Select(Size.Of)] : weights.Shape[2..];
        int first = channelsLast ? 1 : 2;
        Size[] sizes = [.. Enumerable.Range(0, spatial).Select(i => Windows(operation, data.Shape[first + i], kernel[i].Known, i, spatial, first + i))];
        return [data.WithShape(channelsLast ? [data.Shape[0], .. sizes, weights.Shape[0]] : [data.Shape[0], weights.Shape[0], .. sizes])];
    }

    private static Flow[] TransposedConvolution(Operation operation)
    {
        Flow data = Batch(operation, 1, 2);
        if (operation.Ranked(1).Shape is not { Length: > 2 } weights)
            throw operation.Unknown("has weights of other dimensions");
        return [data.WithShape([data.Shape![0], weights[1] * Size.Of(operation.Integer("group", 1)), .. Enumerable.Range(2, data.Shape.Length - 2).Select(axis => operation.Dimension(axis))])];
    }

    private static Flow[] Pooling(Operation operation, bool channelsLast = false, params ReadOnlySpan<int> parameters)
    {
        Flow data = Batch(operation, parameters);
        long[] kernel = operation.Integers("kernel_shape") ?? throw operation.Unknown("has no kernel");
        int spatial = data.Shape!.Length - 2, first = channelsLast ? 1 : 2;
        if (kernel.Length != spatial)
            throw operation.Unknown("has a kernel of other dimensions");
        Size[] sizes = [.. kernel.Select((size, i) => Windows(operation, data.Shape[first + i], size, i, spatial, first + i))];
        Flow pooled = data.WithShape(channelsLast ? [data.Shape[0], .. sizes, data.Shape[^1]] : [data.Shape[0], data.Shape[1], .. sizes]);
        // The second output counts places through the whole batch.
        return data.Kind == FlowKind.Same ? [pooled] : [pooled, Flow.Mixed($"{operation.Type} numbers places through all rows")];
    }

    // How many windows fit along one axis.
    private static Size Windows(Operation operation, Size size, long? kernel, int i, int spatial, int axis)
    {
        string padding = operation.Text("auto_pad", "NOTSET");
        long[] pads = operation.Integers("pads") ?? new long[2 * spatial], strides = operation.Integers("strides") ?? [.. Enumerable.Repeat(1L, spatial)];
        long[] dilations = operation.Integers("dilations") ?? [.. Enumerable.Repeat(1L, spatial)];
        if (pads.Length != 2 * spatial || strides.Length != spatial || dilations.Length != spatial || strides[i] < 1)
            throw operation.Unknown("has attributes of other dimensions");
        if (size.Known is not { } known || kernel is not { } width)
            return padding == "NOTSET" && strides[i] == 1 && kernel is { } length && pads[i] + pads[i + spatial] == dilations[i] * (length - 1) ? size : operation.Dimension(axis);
        if (padding.StartsWith("SAME", StringComparison.Ordinal))
            return Size.Of((known + strides[i] - 1) / strides[i]);
        long reach = (dilations[i] * (width - 1)) + 1;
        long free = known + (padding == "VALID" ? 0 : pads[i] + pads[i + spatial]) - reach;
        if (free < 0)
            throw operation.Unknown("has windows larger than its input");
        // With ceil_mode a last window may begin in the padding, or not: what is certain is asked of the run.
        return free % strides[i] != 0 && operation.Integer("ceil_mode", 0) != 0 ? operation.Dimension(axis) : Size.Of((free / strides[i]) + 1);
    }

    private static Flow[] Global(Operation operation, bool channelsLast, params ReadOnlySpan<int> parameters)
    {
        Flow data = Batch(operation, parameters);
        int channels = channelsLast ? data.Shape!.Length - 1 : 1;
        return [data.WithShape([.. data.Shape!.Select((size, axis) => axis == 0 || axis == channels ? size : Size.One)])];
    }

    private static Flow[] BatchNormalization(Operation operation)
    {
        // Before version 14 more than one output meant training; before version 7 is_test said so.
        bool trains = operation.Opset >= 14 ? operation.Integer("training_mode", 0) != 0 : operation.NamedOutputs > 1 || (operation.Opset < 7 && operation.Integer("is_test", 0) == 0);
        operation.RequireSame(1, 2, 3, 4);
        Flow data = operation.Ranked(0);
        if (data.Kind == FlowKind.Same)
            return [Flow.Same(data.Shape)];
        if (trains || data.Axis == 1)
            throw operation.Mixed(trains ? "normalizes over the rows" : "has rows for channels");
        // Up to version 8 each place could have a scale of its own.
        if (data.Axis > 1 && operation.Opset < 9 && operation.Integer("spatial", 1) == 0)
            throw operation.Mixed("has a scale for each of a number of rows");
        return [data.WithShape(data.Shape!)];
    }

    private static Flow[] Blocks(Operation operation, bool toSpace)
    {
        Flow data = Batch(operation);
        Size side = Size.Of(operation.Integer("blocksize", 0)), square = side * side;
        if (data.Shape is not [var batch, var channels, var height, var width])
            throw operation.Unknown("isn't over [batch, channels, height, width]");
        Size[] shape = toSpace
            ? [batch, channels.DividedBy(square) ?? operation.Dimension(1), height * side, width * side]
            : [batch, channels * square, height.DividedBy(side) ?? operation.Dimension(2), width.DividedBy(side) ?? operation.Dimension(3)];
        return [data.WithShape(shape)];
    }

    private static Flow[] Resize(Operation operation)
    {
        Flow data = operation.Ranked(0);
        int rank = data.Shape!.Length;
        // Upsample, and Resize before version 11, have the scales where newer ones have the region of interest.
        bool isOld = operation.Type == "Upsample" || operation.Opset < 11;
        int scalesAt = isOld ? 1 : 2;
        operation.RequireSame(1, 2);
        if (!isOld && operation.Has(3) && operation.Input(3).Kind is FlowKind.PerRow or FlowKind.Positions)
            throw operation.Mixed("resizes rows differently");
        int[] axes = operation.Integers("axes") is { } given ? [.. given.Select(axis => operation.Axis(axis, rank))] : [.. Enumerable.Range(0, rank)];
        Size[] shape = [.. Enumerable.Range(0, rank).Select(axis => axes.Contains(axis) ? operation.Dimension(axis) : data.Shape[axis])];
        // A region of the rows' axis, or sizes that are changed to keep the proportions, may be others than those that are said.
        bool isElsewhere = operation.Text("coordinate_transformation_mode", "") == "tf_crop_and_resize" || operation.Text("keep_aspect_ratio_policy", "stretch") != "stretch";
        if (isElsewhere && data.Kind == FlowKind.PerRow)
            return axes.Contains(data.Axis) ? throw operation.Unknown("takes a region that isn't followed") : [data.WithShape(shape)];
        if (!isOld && operation.Has(3) && operation.Follow(3) is { Kind: not FlowKind.PerRow, Elements: { } sizes } && sizes.Length == axes.Length)
        {
            for (int i = 0; i < axes.Length; i++)
                shape[axes[i]] = sizes[i];
            if (data.Kind == FlowKind.PerRow && shape[data.Axis] != data.Shape[data.Axis])
                throw operation.Mixed("resizes the rows' axis");
            return [data.WithShape(shape)];
        }

        if (data.Kind == FlowKind.Same)
            return [Flow.Same(shape)];
        float[]? scales = operation.Attribute("scales") is { Floats.Count: > 0 } attribute ? [.. attribute.Floats]
            : operation.Has(scalesAt) && operation.Input(scalesAt).Constant is { } constant ? TensorIntegers.Floats(constant) : null;
        int place = Array.IndexOf(axes, data.Axis);
        if (place >= 0 && (scales is null || scales.Length != axes.Length))
            throw operation.Unknown("has scales that aren't constants");
        if (place >= 0 && scales![place] != 1)
            throw operation.Mixed("resizes the rows' axis");
        shape[data.Axis] = data.Shape[data.Axis];
        for (int i = 0; i < axes.Length && scales is not null; i++)
        {
            if (scales[i] == Math.Truncate(scales[i]) && scales[i] >= 1 && data.Shape[axes[i]].Known is { } known)
                shape[axes[i]] = Size.Of(known * (long)scales[i]);
        }

        return [data.WithShape(shape)];
    }

    private static Flow[] GridSample(Operation operation)
    {
        Flow data = operation.Ranked(0), grid = operation.Ranked(1);
        if (data.Kind == FlowKind.Same && grid.Kind == FlowKind.Same)
            return [Flow.Same(null)];
        if (data.Kind != grid.Kind || data.Axis != 0 || grid.Axis != 0 || !data.HasRowsAs(grid))
            throw operation.Mixed("has other grids than rows");
        return [data.WithShape([data.Shape![0], data.Shape[1], .. grid.Shape![1..^1]])];
    }
}
