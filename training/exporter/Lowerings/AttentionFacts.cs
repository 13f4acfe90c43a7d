using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>What TorchSharp doesn't tell of attention, found out from what it gives with other parameters.</summary>
/// <param name="Heads">The number of heads.</param>
/// <param name="AddsZero">Whether keys and values have one more, of zeros.</param>
internal readonly record struct AttentionFacts(long Heads, bool AddsZero)
{
    /// <summary>Those of an attention module.</summary>
    public static AttentionFacts Of(MultiheadAttention module)
    {
        using var borrowed = new BorrowedState(module);
        long size = borrowed["out_proj.weight"].shape[0];
        bool isSeparate = borrowed.Names.Contains("q_proj_weight");
        Tensor key = isSeparate ? borrowed["k_proj_weight"] : borrowed["in_proj_weight"].narrow(0, size, size);
        Tensor value = isSeparate ? borrowed["v_proj_weight"] : borrowed["in_proj_weight"].narrow(0, 2 * size, size);
        Tensor query = isSeparate ? borrowed["q_proj_weight"] : borrowed["in_proj_weight"].narrow(0, 0, size);
        SeeFirst(query, key, value, 1);
        borrowed["out_proj.weight"].diagonal().fill_(1);

        // Of two queries the first looks, in its first head, at nothing but the first key; all others look at all keys alike.
        Tensor output = module.call(FirstIsOne(query), FirstIsOne(key), FirstIsOne(value)).Item1;
        long perHead = output[0, 0].gt(0.9).sum().ToInt64();
        double keys = Math.Round(1 / output[1, 0, 0].ToDouble());
        return new AttentionFacts(size / perHead, keys > (borrowed.Names.Contains("bias_k") ? 3 : 2));
    }

    /// <summary>The number of heads of transformer layers.</summary>
    /// <param name="borrowed">Their parameters.</param>
    /// <param name="layer">The beginning of the first layer's names.</param>
    /// <param name="run">Runs them on a sequence [2,1,E].</param>
    public static long HeadsOf(BorrowedState borrowed, string layer, Func<Tensor, Tensor> run)
    {
        Tensor weight = borrowed[$"{layer}self_attn.in_proj_weight"];
        long size = weight.shape[1];
        if (size == 1)
            return 1;
        SeeFirst(weight.narrow(0, 0, size), weight.narrow(0, size, size), weight.narrow(0, 2 * size, size), -100);
        borrowed[$"{layer}self_attn.out_proj.weight"].diagonal().fill_(1);

        // The first position has −100 in the first head, but −99 at the first place, and −50 in the others; normalisations keep their order.
        Tensor first = run(FirstIsOne(weight))[0, 0];
        return first[0].ToDouble() > 0 ? 1 : size / first.lt(0).sum().ToInt64();
    }

    // The first component alone makes scores, in the first head, and values, in all.
    private static void SeeFirst(Tensor query, Tensor key, Tensor value, double scale)
    {
        query[0, 0].fill_(100);
        key[0, 0].fill_(100);
        value.select(1, 0).fill_(scale);
    }

    // A sequence of two, of which the first has a 1 in its first component: [2,1,E].
    private static Tensor FirstIsOne(Tensor weight)
    {
        Tensor sequence = zeros([2, 1, weight.shape[1]], weight.dtype, weight.device);
        sequence[0, 0, 0].fill_(1);
        return sequence;
    }
}
