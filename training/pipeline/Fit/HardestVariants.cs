using System.Runtime.Intrinsics.X86;
using MnistAdder.Training.Data;
using MnistAdder.Training.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Fit;

/// <summary>Of each image's variants the one that the network reads worst, as it is outside of training.</summary>
/// <remarks>
/// A copy of the network rates the variants. In bfloat16 it does so in six tenths of the time where the processor has instructions
/// for that: eight bits of precision tell which variant is worst, unless two are as good as level. Gradients stay in 32 bits.
/// </remarks>
internal sealed class HardestVariants : IDisposable
{
    private readonly DigitSumNetwork _rating;
    private readonly (Tensor Copy, Tensor Original)[] _pairs;
    private readonly ScalarType _type;

    /// <param name="network">Whose reading counts.</param>
    /// <param name="createNetwork">Makes another of the same structure.</param>
    /// <param name="type">Of the numbers that the copy computes with.</param>
    public HardestVariants(DigitSumNetwork network, Func<DigitSumNetwork> createNetwork, ScalarType type)
    {
        _type = type;
        _rating = createNetwork();
        _rating.to(network.parameters().First().device, type);
        _rating.eval();
        Dictionary<string, Tensor> original = network.ImageBranch.state_dict();
        _pairs = [.. _rating.ImageBranch.state_dict().Select(entry => (entry.Value, original[entry.Key]))];
    }

    /// <summary>Float32, but bfloat16 on a CPU that multiplies it: one with AVX512_BF16, as every one with AMX.</summary>
    public static ScalarType QuickestType(DeviceType device)
    {
        // Bit 5 of EAX, leaf 7, subleaf 1.
        bool multiplies = device == DeviceType.CPU && Avx512F.IsSupported && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;
        return multiplies ? ScalarType.BFloat16 : ScalarType.Float32;
    }

    /// <summary>Takes over what the network is.</summary>
    public void Follow()
    {
        using var noGradient = no_grad();
        foreach ((Tensor copy, Tensor original) in _pairs)
            copy.copy_(original);
    }

    /// <summary>Chooses; several threads may at once.</summary>
    /// <returns>Float [N, 1, 28, 28].</returns>
    public Tensor Of(SumBatch batch)
    {
        long variants = batch.Images.shape[1];
        using var noGradient = no_grad();
        Tensor images = batch.Images.reshape(-1, 1, MnistGeometry.Side, MnistGeometry.Side).to_type(_type);   // [N·variants, 1, 28, 28]
        Tensor scores = _rating.ImageBranch.call(images).to_type(ScalarType.Float32);                          // [N·variants, 10]
        Tensor losses = nn.functional.cross_entropy(scores, batch.Labels.repeat_interleave(variants), reduction: nn.Reduction.None);
        Tensor hardest = losses.view(-1, variants).argmax(1);                                                  // [N]
        return batch.Images.take_along_dim(hardest.view(-1, 1, 1, 1), 1);
    }

    public void Dispose() => _rating.Dispose();
}
