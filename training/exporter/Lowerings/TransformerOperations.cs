using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Transformers, and their halves and layers.</summary>
/// <remarks>
/// TorchSharp's normalise after attention and after the two linear layers, and add what went in.
/// Source: A. Vaswani et al., "Attention Is All You Need", NeurIPS 2017, arXiv:1706.03762.
/// </remarks>
internal static class TransformerOperations
{
    [ModuleLowering(typeof(TransformerEncoderLayer))]
    private static OnnxValue EncoderLayer(Operation operation)
    {
        var module = (TransformerEncoderLayer)operation.Module!;
        return new TransformerLayers(operation, TransformerFacts.Of(module, "", module.call)).EncoderLayer(
            "", operation.Self, operation.InputOrNull("src_mask"), operation.InputOrNull("src_key_padding_mask"));
    }

    [ModuleLowering(typeof(TransformerEncoder))]
    private static OnnxValue Encoder(Operation operation)
    {
        var module = (TransformerEncoder)operation.Module!;
        return new TransformerLayers(operation, TransformerFacts.Of(module, "layers.0.", module.call)).Encoder(
            "", operation.Self, operation.InputOrNull("src_mask"), operation.InputOrNull("src_key_padding_mask"));
    }

    [ModuleLowering(typeof(TransformerDecoderLayer))]
    private static OnnxValue DecoderLayer(Operation operation)
    {
        var module = (TransformerDecoderLayer)operation.Module!;
        return new TransformerLayers(operation, TransformerFacts.Of(module, "", input => module.call(input, input))).DecoderLayer(
            "", operation.Input("tgt"), operation.Input("memory"), Masks(operation));
    }

    [ModuleLowering(typeof(TransformerDecoder))]
    private static OnnxValue Decoder(Operation operation)
    {
        var module = (TransformerDecoder)operation.Module!;
        return new TransformerLayers(operation, TransformerFacts.Of(module, "layers.0.", input => module.call(input, input))).Decoder(
            "", operation.Input("tgt"), operation.Input("memory"), Masks(operation));
    }

    [ModuleLowering(typeof(Transformer))]
    private static OnnxValue Both(Operation operation)
    {
        var module = (Transformer)operation.Module!;
        var layers = new TransformerLayers(operation, TransformerFacts.Of(module, "decoder.layers.0.", input => module.call(input, input)));
        OnnxValue memory = layers.Encoder("encoder.", operation.Input("src"), operation.InputOrNull("src_mask"), operation.InputOrNull("src_key_padding_mask"));
        return layers.Decoder("decoder.", operation.Input("tgt"), memory, Masks(operation));
    }

    private static DecoderMasks Masks(Operation operation) => new(
        operation.InputOrNull("tgt_mask"), operation.InputOrNull("tgt_key_padding_mask"), operation.InputOrNull("memory_mask"), operation.InputOrNull("memory_key_padding_mask"));
}

/// <summary>What TorchSharp doesn't tell of transformers, found out from what they give with other parameters.</summary>
/// <param name="Heads">The number of heads.</param>
/// <param name="IsGelu">Whether gelu stands between the linear layers, rather than relu.</param>
internal readonly record struct TransformerFacts(long Heads, bool IsGelu)
{
    /// <summary>Finds them out.</summary>
    /// <param name="module">The module.</param>
    /// <param name="layer">The beginning of the names of the first layer that its output depends on.</param>
    /// <param name="run">Runs it on a sequence.</param>
    public static TransformerFacts Of(nn.Module module, string layer, Func<Tensor, Tensor> run)
    {
        using var borrowed = new BorrowedState(module);
        if (!borrowed.Names.Contains($"{layer}linear1.bias"))
            return new TransformerFacts(1, false); // there are no layers
        foreach (string name in borrowed.Names.Where(name => name.Contains("norm", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal)))
            borrowed[name].fill_(1); // other layers only normalise again
        long heads = AttentionFacts.HeadsOf(borrowed, layer, run);
        Tensor bias = borrowed[$"{layer}linear1.bias"], weight = borrowed[$"{layer}linear2.weight"];
        bias.fill_(-1); // which relu makes 0
        weight[0].fill_(1);
        Tensor output = run(zeros([1, 1, weight.shape[0]], weight.dtype, weight.device));
        return new TransformerFacts(heads, output.abs().max().ToDouble() > 0.1);
    }
}
