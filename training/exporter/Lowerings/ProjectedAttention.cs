namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Attention of several heads with projections before and after, as TorchSharp's modules have it: sequences are [S,N,E].</summary>
/// <param name="operation">The module.</param>
/// <param name="prefix">The beginning of the parameters' names.</param>
/// <param name="facts">What TorchSharp doesn't tell of it.</param>
internal sealed class ProjectedAttention(Operation operation, string prefix, AttentionFacts facts)
{
    private readonly OnnxGraph _graph = operation.Graph;

    private long Size => operation.Module!.state_dict()[$"{prefix}out_proj.weight"].shape[0];

    /// <summary>What it gives.</summary>
    /// <param name="query">[L,N,E].</param>
    /// <param name="key">[S,N,E] or vectors of another length.</param>
    /// <param name="value">As the keys.</param>
    /// <param name="mask">Added to the scores: [L,S], or null.</param>
    /// <param name="padding">Keys that aren't looked at: [N,S], or null.</param>
    /// <param name="weights">The weights of each head, [N,H,L,S].</param>
    /// <returns>[L,N,E].</returns>
    public OnnxValue Of(OnnxValue query, OnnxValue key, OnnxValue value, OnnxValue? mask, OnnxValue? padding, out OnnxValue weights)
    {
        OnnxValue[] projected = Projected(query, key, value);
        int added = 0;
        if (State("bias_k") is { } keyBias && State("bias_v") is { } valueBias)
        {
            projected = [projected[0], WithOneMore(projected[1], keyBias), WithOneMore(projected[2], valueBias)];
            added++;
        }

        if (facts.AddsZero)
        {
            OnnxValue zero = _graph.Constant(OnnxTensor.Filled(query.ElementType, 0, 1, 1, Size), "zero");
            projected = [projected[0], WithOneMore(projected[1], zero), WithOneMore(projected[2], zero)];
            added++;
        }

        OnnxValue[] heads = [.. projected.Select(all => _graph.Reshape(all, 0, 0, facts.Heads, Size / facts.Heads))];
        OnnxValue scores = _graph.MatMul(
            _graph.Transpose(_graph.Mul(heads[0], 1 / Math.Sqrt((double)Size / facts.Heads)), 1, 2, 0, 3), _graph.Transpose(heads[1], 1, 2, 3, 0)); // [N,H,L,S]
        if (mask is not null)
            scores = _graph.Add(scores, Padded(Additive(mask, scores.ElementType), added));
        if (padding is not null)
            scores = _graph.Where(_graph.Unsqueeze(Padded(padding, added), 1, 2), double.NegativeInfinity, scores);
        weights = _graph.Softmax(scores);
        OnnxValue joined = _graph.Reshape(_graph.Transpose(_graph.MatMul(weights, _graph.Transpose(heads[2], 1, 2, 0, 3)), 2, 0, 1, 3), 0, 0, Size);
        return Linear(joined, State("out_proj.weight")!, State("out_proj.bias"));
    }

    /// <summary>The mean of all heads' weights.</summary>
    public OnnxValue Mean(OnnxValue weights) => _graph.Div(_graph.Reduce("ReduceSum", weights, [1], keeps: false), facts.Heads);

    // The weights of the three projections are one matrix, unless keys or values have another length than the query.
    private OnnxValue[] Projected(OnnxValue query, OnnxValue key, OnnxValue value)
    {
        OnnxValue? bias = State("in_proj_bias");
        if (State("in_proj_weight") is { } all)
        {
            if (query == key && key == value)
                return Thirds(Linear(query, all, bias), -1);
            OnnxValue[] parts = Thirds(all, 0);
            OnnxValue[]? biases = bias is null ? null : Thirds(bias, 0);
            return [Linear(query, parts[0], biases?[0]), Linear(key, parts[1], biases?[1]), Linear(value, parts[2], biases?[2])];
        }

        OnnxValue[]? three = bias is null ? null : Thirds(bias, 0);
        return [Linear(query, State("q_proj_weight")!, three?[0]), Linear(key, State("k_proj_weight")!, three?[1]), Linear(value, State("v_proj_weight")!, three?[2])];
    }

    private OnnxValue[] Thirds(OnnxValue all, long axis) =>
    [
        .. _graph.AddNodeMany(
            "Split", [all, _graph.Int64s("sizes", [Size, Size, Size])], [OnnxAttribute.Int("axis", axis)], [.. Enumerable.Repeat((all.ElementType, all.Rank), 3)]),
    ];

    // TorchSharp 0.107 adds truth values as 0 and 1 too, where one would expect that they forbid.
    private OnnxValue Additive(OnnxValue mask, OnnxElementType type)
    {
        if (mask.ElementType != type && mask.ElementType != OnnxElementType.Bool)
            throw operation.NotSupported($"a mask of {mask.ElementType} is added to scores of {type}", "Convert the mask to their type");
        return operation.As(mask, type);
    }

    private OnnxValue Padded(OnnxValue mask, int added) => added == 0
        ? mask
        : _graph.AddNode("Pad", [mask, _graph.Int64s("pads", [0, 0, 0, added])], rank: 2);

    // [S,N,E] and, for each of the batch, [1,1,E]
    private OnnxValue WithOneMore(OnnxValue sequence, OnnxValue one)
    {
        OnnxValue shape = _graph.Concat(0, _graph.Int64s("one", [1]), _graph.Shape(sequence, 1));
        return _graph.Concat(0, sequence, _graph.Expand(one, shape, 3));
    }

    private OnnxValue Linear(OnnxValue input, OnnxValue weight, OnnxValue? bias)
    {
        OnnxValue product = _graph.MatMul(input, _graph.Transpose(weight, 1, 0));
        return bias is null ? product : _graph.Add(product, bias);
    }

    private OnnxValue? State(string name) => operation.State(prefix + name);
}
