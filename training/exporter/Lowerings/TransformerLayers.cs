namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>The masks of a decoder, each null where there is none.</summary>
/// <param name="Target">Added to the scores of what is decoded.</param>
/// <param name="TargetPadding">Which of it isn't looked at.</param>
/// <param name="Memory">Added to the scores of the memory.</param>
/// <param name="MemoryPadding">Which of that isn't looked at.</param>
internal sealed record DecoderMasks(OnnxValue? Target, OnnxValue? TargetPadding, OnnxValue? Memory, OnnxValue? MemoryPadding);

/// <summary>The layers of transformers; sequences are [S,N,E].</summary>
internal sealed class TransformerLayers
{
    private readonly Operation _operation;
    private readonly OnnxGraph _graph;
    private readonly TransformerFacts _facts;

    /// <param name="operation">The module that has them.</param>
    /// <param name="facts">What TorchSharp doesn't tell of it.</param>
    public TransformerLayers(Operation operation, TransformerFacts facts)
    {
        operation.RequireFloat(facts.IsGelu ? [] : [OnnxElementType.Double]);
        _operation = operation;
        _graph = operation.Graph;
        _facts = facts;
    }

    /// <summary>All layers of an encoder, and its last normalisation if it has one.</summary>
    public OnnxValue Encoder(string prefix, OnnxValue input, OnnxValue? mask, OnnxValue? padding)
    {
        for (int layer = 0; HasLayer(prefix, layer); layer++)
            input = EncoderLayer($"{prefix}layers.{layer}.", input, mask, padding);
        return Normalized($"{prefix}norm", input);
    }

    /// <summary>All layers of a decoder, and its last normalisation if it has one.</summary>
    public OnnxValue Decoder(string prefix, OnnxValue input, OnnxValue memory, DecoderMasks masks)
    {
        for (int layer = 0; HasLayer(prefix, layer); layer++)
            input = DecoderLayer($"{prefix}layers.{layer}.", input, memory, masks);
        return Normalized($"{prefix}norm", input);
    }

    /// <summary>One layer of an encoder.</summary>
    public OnnxValue EncoderLayer(string prefix, OnnxValue input, OnnxValue? mask, OnnxValue? padding)
    {
        input = Normalized($"{prefix}norm1", _graph.Add(input, Attention($"{prefix}self_attn.", input, input, mask, padding)));
        return Normalized($"{prefix}norm2", _graph.Add(input, FeedForward(prefix, input)));
    }

    /// <summary>One layer of a decoder.</summary>
    public OnnxValue DecoderLayer(string prefix, OnnxValue input, OnnxValue memory, DecoderMasks masks)
    {
        input = Normalized($"{prefix}norm1", _graph.Add(input, Attention($"{prefix}self_attn.", input, input, masks.Target, masks.TargetPadding)));
        input = Normalized($"{prefix}norm2", _graph.Add(input, Attention($"{prefix}multihead_attn.", input, memory, masks.Memory, masks.MemoryPadding)));
        return Normalized($"{prefix}norm3", _graph.Add(input, FeedForward(prefix, input)));
    }

    private bool HasLayer(string prefix, int layer) => _operation.Module!.state_dict().ContainsKey($"{prefix}layers.{layer}.norm1.weight");

    private OnnxValue Attention(string prefix, OnnxValue query, OnnxValue memory, OnnxValue? mask, OnnxValue? padding) =>
        new ProjectedAttention(_operation, prefix, new AttentionFacts(_facts.Heads, AddsZero: false)).Of(query, memory, memory, mask, padding, out _);

    private OnnxValue FeedForward(string prefix, OnnxValue input)
    {
        OnnxValue hidden = Linear($"{prefix}linear1", input);
        return Linear($"{prefix}linear2", _facts.IsGelu ? ActivationOperations.Gelu(_graph, hidden) : _graph.Relu(hidden));
    }

    private OnnxValue Linear(string name, OnnxValue input) =>
        _graph.Add(_graph.MatMul(input, _graph.Transpose(_operation.State($"{name}.weight")!, 1, 0)), _operation.State($"{name}.bias")!);

    // TorchSharp lets no other ε be chosen.
    private OnnxValue Normalized(string name, OnnxValue input) => _operation.State($"{name}.weight") is not { } scale ? input : _graph.AddNode(
        "LayerNormalization", [input, scale, _operation.State($"{name}.bias")], [OnnxAttribute.Int("axis", -1), OnnxAttribute.Float("epsilon", 1e-5)], rank: input.Rank);
}
