using TorchSharp.Modules;

namespace MnistAdder.OnnxExport.Modules;

/// <summary>Normalisation by running statistics, over features, and over groups of channels.</summary>
internal static class NormalizationModules
{
    public static OnnxModuleRegistry AddTo(OnnxModuleRegistry registry) => registry
        .With<BatchNorm1d>((graph, module, input) => Export(graph, module, input, 2, 3))
        .With<BatchNorm2d>((graph, module, input) => Export(graph, module, input, 4))
        .With<BatchNorm3d>((graph, module, input) => Export(graph, module, input, 5))
        .With<LayerNorm>(Export)
        .With<GroupNorm>(Export);

    private static OnnxValue Export(OnnxGraph graph, BatchNorm module, OnnxValue input, params ReadOnlySpan<int> ranks)
    {
        graph.RequireRank(input, ranks);
        if (module.running_mean is not { } runningMean || module.running_var is not { } runningVariance)
        {
            throw graph.NotSupported(
                "it keeps no running statistics, so that its output depends on the rest of the batch; set track_running_stats");
        }

        OnnxValue scale = ParameterOrNeutral(graph, "weight", module.weight, 1, input, module.num_features);
        OnnxValue shift = ParameterOrNeutral(graph, "bias", module.bias, 0, input, module.num_features);
        OnnxValue mean = graph.Parameter("running_mean", runningMean);
        graph.RequireTypeOf(input, mean);
        return graph.AddNode(
            "BatchNormalization",
            [input, scale, shift, mean, graph.Parameter("running_var", runningVariance)],
            [OnnxAttribute.Float("epsilon", module.eps)],
            rank: input.Rank);
    }

    private static OnnxValue Export(OnnxGraph graph, LayerNorm module, OnnxValue input)
    {
        OnnxValue scale = ParameterOrNeutral(graph, "weight", module.weight, 1, input, module.normalized_shape);
        graph.RequireTypeOf(input, scale);
        return graph.AddNode(
            "LayerNormalization",
            [input, scale, module.bias is { } bias ? graph.Parameter("bias", bias) : null],
            [OnnxAttribute.Int("axis", -module.normalized_shape.Length), OnnxAttribute.Float("epsilon", module.eps)],
            rank: input.Rank);
    }

    private static OnnxValue Export(OnnxGraph graph, GroupNorm module, OnnxValue input)
    {
        OnnxValue? scale = module.weight is { } weight ? graph.Parameter("weight", weight) : null;
        if (scale is not null)
            graph.RequireTypeOf(input, scale);
        return GroupNorm(graph, input, module.num_groups, module.weight?.shape[0] ?? 0, scale, module.bias is { } bias ? graph.Parameter("bias", bias) : null, module.eps);
    }

    /// <summary>Normalises each group as one channel of an instance normalisation: opset 17 has no such operator.</summary>
    public static OnnxValue GroupNorm(OnnxGraph graph, OnnxValue input, long groups, long channels, OnnxValue? scale, OnnxValue? shift, double epsilon)
    {
        OnnxValue grouped = graph.Reshape(input, 0, groups, -1); // [N,G,C/G·…]
        OnnxValue one = graph.Constant(OnnxTensor.Filled(input.ElementType, 1, groups), "scale");
        OnnxValue zero = graph.Constant(OnnxTensor.Filled(input.ElementType, 0, groups), "shift");
        OnnxValue normalized = graph.AddNode("InstanceNormalization", [grouped, one, zero], [OnnxAttribute.Float("epsilon", epsilon)], rank: 3);
        if (scale is not null || shift is not null)
            normalized = graph.Reshape(normalized, 0, channels, -1); // [N,C,…]
        if (scale is not null)
            normalized = graph.Mul(normalized, graph.Unsqueeze(scale, 1));
        if (shift is not null)
            normalized = graph.Add(normalized, graph.Unsqueeze(shift, 1));
        return graph.Reshape(normalized, graph.Shape(input), input.Rank);
    }

    // Without learned parameters the operators still need the neutral ones.
    private static OnnxValue ParameterOrNeutral(
        OnnxGraph graph, string name, Parameter? parameter, double neutral, OnnxValue input, params ReadOnlySpan<long> shape) =>
        parameter is null
            ? graph.Constant(OnnxTensor.Filled(input.ElementType, neutral, shape), name)
            : graph.Parameter(name, parameter);
}
