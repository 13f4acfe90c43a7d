using TorchSharp.Modules;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Attention: the function, and the module with its projections.</summary>
internal static class AttentionOperations
{
    // softmax(query · keyᵀ / √d + mask) · value
    [Lowering("scaled_dot_product_attention")]
    private static OnnxValue Attention(Operation operation)
    {
        if (operation.Number("p") is not (null or 0))
            throw operation.NotSupported("scaled_dot_product_attention drops a part of its weights at random, even in inference", "Give it p only while the module is training");
        operation.RequireFloat(OnnxElementType.Double);
        OnnxGraph graph = operation.Graph;
        (OnnxValue query, OnnxValue key, OnnxValue value) = (operation.Input("query"), operation.Input("key"), operation.Input("value"));
        if (operation.SelfShape[^1] is not { IsConstant: true } size)
            throw operation.NotSupported("the length of the query's vectors follows the size of an input", "Make it fixed");
        int rank = key.Rank!.Value;
        long[] swapped = [.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2];
        OnnxValue scores = graph.Product(graph.Mul(query, 1 / Math.Sqrt(size.Constant)), graph.Transpose(key, swapped));
        OnnxValue? mask = operation.Flag(false, "is_casual") ? Causal(graph, query, key) : operation.InputOrNull("attn_mask");
        if (mask is { ElementType: OnnxElementType.Bool })
            scores = graph.Where(mask, scores, graph.ScalarLike(scores, double.NegativeInfinity));
        else if (mask is not null)
            scores = graph.Add(scores, mask);
        OnnxValue weights = graph.Softmax(scores);
        if (operation.Has("attn_mask"))
            weights = WithoutRowsOfNothing(graph, scores, weights);
        return graph.Product(weights, value);
    }

    [ModuleLowering(typeof(MultiheadAttention))]
    private static OnnxValue[] Multihead(Operation operation)
    {
        operation.RequireFloat(OnnxElementType.Double);
        var attention = new ProjectedAttention(operation, "", AttentionFacts.Of((MultiheadAttention)operation.Module!));
        OnnxValue result = attention.Of(
            operation.Input("query"), operation.Input("key"), operation.Input("value"), operation.InputOrNull("attn_mask"), operation.InputOrNull("key_padding_mask"),
            out OnnxValue weights);
        return operation.OutputCount == 1 ? [result] : [result, attention.Mean(weights)];
    }

    // Position i sees those up to i.
    private static OnnxValue Causal(OnnxGraph graph, OnnxValue query, OnnxValue key)
    {
        OnnxValue rows = graph.Unsqueeze(graph.Numbers(graph.Shape(query, -2, -1)), 1), columns = graph.Numbers(graph.Shape(key, -2, -1));
        return graph.Compare("GreaterOrEqual", rows, columns);
    }

    // Where a mask leaves nothing, TorchSharp's weights are 0 and those of a softmax no numbers.
    private static OnnxValue WithoutRowsOfNothing(OnnxGraph graph, OnnxValue scores, OnnxValue weights)
    {
        OnnxValue greatest = graph.Reduce("ReduceMax", scores, [scores.Rank!.Value - 1], keeps: true);
        return graph.Where(graph.Compare("Equal", greatest, double.NegativeInfinity), 0, weights);
    }

    /// <summary>Products of matrices, batched over the dimensions before, of which one side may have more.</summary>
    public static OnnxValue Product(this OnnxGraph graph, OnnxValue left, OnnxValue right) =>
        graph.AddNode("MatMul", [left, right], rank: Math.Max(left.Rank!.Value, right.Rank!.Value));
}
