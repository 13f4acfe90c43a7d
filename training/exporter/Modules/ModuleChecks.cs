namespace MnistAdder.OnnxExport.Modules;

/// <summary>What a module asks of its input, where the graph knows enough to tell before ONNX Runtime does.</summary>
internal static class ModuleChecks
{
    /// <summary>ONNX has no form of these operators for a single sample, which TorchSharp takes without a batch dimension.</summary>
    public static void RequireRank(this OnnxGraph graph, OnnxValue input, params ReadOnlySpan<int> ranks)
    {
        if (input.Rank is { } rank && !ranks.Contains(rank))
        {
            throw graph.NotSupported(
                $"its input '{input.Name}' has {rank} dimensions, and ONNX takes {string.Join(" or ", ranks.ToArray())}, the batch first");
        }
    }

    public static void RequireTypeOf(this OnnxGraph graph, OnnxValue input, OnnxValue parameter)
    {
        if (input.ElementType != parameter.ElementType)
        {
            throw graph.NotSupported(
                $"its input '{input.Name}' is {input.ElementType} and its parameters are {parameter.ElementType}; cast one of them");
        }
    }
}
