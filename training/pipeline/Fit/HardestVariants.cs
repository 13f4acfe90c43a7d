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
        _pairs = [.. _rating.Columns.Zip(network.Columns).SelectMany(pair => pair.First.state_dict().Values.Zip(pair.Second.state_dict().Values))];
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

    /// <summary>Chooses for each column of the network; several threads may at once.</summary>
    /// <param name="batch">Images are normalised, [N, variants · columns, 28, 28].</param>
    /// <returns>Float [N, columns, 28, 28].</returns>
    public Tensor Of(SumBatch batch)
    {
        long columns = _rating.Columns.Count;
        using var noGradient = no_grad();
        Tensor versions = batch.Images.reshape(-1, columns, MnistGeometry.Side, MnistGeometry.Side);          // [N·variants, columns, 28, 28]
        Tensor scores = _rating.ReadEach(versions.to_type(_type)).to_type(ScalarType.Float32);                 // [N·variants, columns, 10]
        Tensor labels = batch.Labels.repeat_interleave(batch.Images.shape[1]);
        Tensor losses = nn.functional.cross_entropy(scores.flatten(0, 1), labels, reduction: nn.Reduction.None);
        Tensor hardest = losses.view(batch.Labels.shape[0], -1, columns).argmax(1, keepdim: true);             // [N, 1, columns]
        return versions.view(batch.Labels.shape[0], -1, columns, MnistGeometry.Side, MnistGeometry.Side)
            .take_along_dim(hardest.unsqueeze(-1).unsqueeze(-1), 1).squeeze(1);
    }

    public void Dispose() => _rating.Dispose();
}
