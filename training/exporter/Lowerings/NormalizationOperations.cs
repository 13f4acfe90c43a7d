
namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Normalisation by statistics of a tensor or of earlier ones, and what is left out in inference.</summary>
internal static class NormalizationOperations
{
    [Lowering("dropout", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")]
    private static OnnxValue Dropout(Operation operation) => operation.Flag(false, "training") && operation.Number("p") != 0
        ? throw operation.NotSupported($"{operation.MethodName} draws random numbers whatever the module's mode is", "Write training: training, or register its module, so that eval() reaches it")
        : operation.Self;

    [Lowering("batch_norm")]
    private static OnnxValue BatchNorm(Operation operation)
    {
        if (!operation.Has("running_mean"))
            throw operation.NotSupported("batch_norm has no running statistics, so that its output depends on the rest of the batch", "Set track_running_stats");
        if (operation.Flag(false, "training"))
            throw operation.NotSupported("batch_norm normalises by the batch at hand, and changes the running statistics", "Write training: training");
        return ByRunningStatistics(operation);
    }

    [Lowering("instance_norm")]
    private static OnnxValue InstanceNorm(Operation operation)
    {
        if (!operation.Flag(true, "use_input_stats"))
            return ByRunningStatistics(operation);
        if (operation.Has("running_mean"))
            throw operation.NotSupported("instance_norm changes the running statistics", "Write use_input_stats: training");
        operation.RequireFloat();
        return operation.Graph.AddNode("InstanceNormalization", [operation.Self, Scale(operation), Shift(operation)], [Epsilon(operation)], rank: operation.Rank);
    }

    [Lowering("layer_norm")]
    private static OnnxValue LayerNorm(Operation operation)
    {
        operation.RequireFloat(OnnxElementType.Double);
        if (operation.Sizes("normalized_shape")!.Any(size => size is not { IsConstant: true }))
            return OverDynamic(operation);
        long[] shape = operation.Integers("normalized_shape")!;
        OnnxValue scale = operation.InputOrNull("weight") ?? operation.Graph.Constant(OnnxTensor.Filled(operation.OutputType, 1, shape), "scale");
        return operation.Graph.AddNode(
            "LayerNormalization", [operation.Self, scale, operation.InputOrNull("bias")], [OnnxAttribute.Int("axis", -shape.Length), Epsilon(operation)], rank: operation.Rank);
    }

    // ONNX's operator takes a scale of the shape that is normalised over, which is dynamic.
    private static OnnxValue OverDynamic(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        int count = operation.Sizes("normalized_shape")!.Count;
        long[] axes = [.. Enumerable.Range(operation.Rank - count, count).Select(axis => (long)axis)];
        OnnxValue centred = graph.Sub(operation.Self, graph.Reduce("ReduceMean", operation.Self, axes, keeps: true));
        OnnxValue variance = graph.Reduce("ReduceMean", graph.Mul(centred, centred), axes, keeps: true);
        OnnxValue normalized = graph.Div(centred, graph.Elementwise("Sqrt", graph.Add(variance, operation.Number("eps") ?? 1e-5)));
        if (operation.InputOrNull("weight") is { } weight)
            normalized = graph.Mul(normalized, weight);
        return operation.InputOrNull("bias") is { } bias ? graph.Add(normalized, bias) : normalized;
    }

    // Each group is normalised as one channel of an instance normalisation: opset 17 has no such operator.
    [Lowering("group_norm")]
    private static OnnxValue GroupNorm(Operation operation)
    {
        operation.RequireFloat();
        (OnnxGraph graph, OnnxValue input) = (operation.Graph, operation.Self);
        long groups = operation.Integer(null, "num_groups");
        OnnxValue grouped = graph.Reshape(input, 0, groups, -1); // [N,G,C/G·…]
        OnnxValue one = graph.Constant(OnnxTensor.Filled(input.ElementType, 1, groups), "scale");
        OnnxValue zero = graph.Constant(OnnxTensor.Filled(input.ElementType, 0, groups), "shift");
        OnnxValue normalized = graph.AddNode("InstanceNormalization", [grouped, one, zero], [Epsilon(operation)], rank: 3);
        (OnnxValue? scale, OnnxValue? shift) = (operation.InputOrNull("weight"), operation.InputOrNull("bias"));
        if (scale is not null || shift is not null)
            normalized = graph.Reshape(normalized, 0, Channels(operation), -1); // [N,C,…]
        if (scale is not null)
            normalized = graph.Mul(normalized, graph.Unsqueeze(scale, 1));
        if (shift is not null)
            normalized = graph.Add(normalized, graph.Unsqueeze(shift, 1));
        return graph.Reshape(normalized, graph.Shape(input), operation.Rank);
    }

    // ONNX's own operator puts the extra channel of a window of even size on the other side.
    [Lowering("local_response_norm")]
    private static OnnxValue LocalResponseNorm(Operation operation)
    {
        operation.RequireFloat();
        OnnxGraph graph = operation.Graph;
        long size = operation.Integer(null, "size");
        OnnxValue squares = graph.Reshape(graph.Mul(operation.Self, operation.Self), 0, 1, Channels(operation), -1); // [N,1,C,…]
        OnnxValue mean = graph.AddNode(
            "AveragePool",
            [squares],
            [OnnxAttribute.Ints("kernel_shape", size, 1), OnnxAttribute.Ints("pads", size / 2, 0, (size - 1) / 2, 0), OnnxAttribute.Bool("count_include_pad", true)],
            rank: 4);
        OnnxValue spread = graph.Add(graph.Mul(operation.ReshapeTo(mean, [], operation.SelfShape), operation.Number("alpha")!.Value), operation.Number("k")!.Value);
        return graph.Div(operation.Self, graph.AddNode("Pow", [spread, graph.ScalarLike(spread, operation.Number("beta")!.Value, "beta")], rank: operation.Rank));
    }

    private static OnnxValue ByRunningStatistics(Operation operation)
    {
        operation.RequireFloat(OnnxElementType.Double);
        return operation.Graph.AddNode(
            "BatchNormalization",
            [operation.Self, Scale(operation), Shift(operation), operation.Input("running_mean"), operation.Input("running_var")],
            [Epsilon(operation)],
            rank: operation.Rank);
    }

    // Without learned parameters the operators still need the neutral ones.
    private static OnnxValue Scale(Operation operation) =>
        operation.InputOrNull("weight") ?? operation.Graph.Constant(OnnxTensor.Filled(operation.OutputType, 1, Channels(operation)), "scale");

    private static OnnxValue Shift(Operation operation) =>
        operation.InputOrNull("bias") ?? operation.Graph.Constant(OnnxTensor.Filled(operation.OutputType, 0, Channels(operation)), "shift");

    private static long Channels(Operation operation) => operation.SelfShape[1] is { IsConstant: true } size
        ? size.Constant
        : throw operation.NotSupported("the number of channels follows the size of an input", "Make it a fixed number");

    private static OnnxAttribute Epsilon(Operation operation) => OnnxAttribute.Float("epsilon", operation.Number("eps")!.Value);
}
