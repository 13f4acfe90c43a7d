using static TorchSharp.torch;

namespace MnistAdder.OnnxExport;

/// <summary>Runs a model, for instance in ONNX Runtime, which this library doesn't bring along.</summary>
/// <param name="model">The model.</param>
/// <param name="inputs">Its inputs, on the CPU, in its order.</param>
/// <returns>Its outputs in its order.</returns>
public delegate IReadOnlyList<Tensor> OnnxRunner(OnnxModel model, IReadOnlyList<Tensor> inputs);

/// <summary>How far a model's answers are from the module's.</summary>
/// <param name="Outputs">The model's outputs.</param>
/// <param name="Intermediates">Values on the way, in the order of the computation; none unless they were asked for.</param>
public sealed record OnnxVerification(IReadOnlyList<OnnxDifference> Outputs, IReadOnlyList<OnnxDifference> Intermediates)
{
    /// <summary>The greatest difference of any output.</summary>
    public double Greatest => Outputs.Max(output => output.Greatest);
}

/// <summary>How far one value of a model is from the module's.</summary>
/// <param name="Name">The value's name in the model.</param>
/// <param name="Greatest">
/// The greatest absolute difference of two elements; 0 where both are the same infinity or no number, and infinity where only one is, or where the
/// shapes differ.
/// </param>
public sealed record OnnxDifference(string Name, double Greatest)
{
    internal static OnnxDifference Of(string name, Tensor expected, Tensor actual)
    {
        if (!expected.shape.SequenceEqual(actual.shape))
            return new OnnxDifference(name, double.PositiveInfinity);
        if (expected.numel() == 0)
            return new OnnxDifference(name, 0);
        using Tensor one = expected.detach().cpu().to(ScalarType.Float64), other = actual.detach().cpu().to(ScalarType.Float64);
        using Tensor same = one.eq(other).logical_or(one.isnan().logical_and(other.isnan()));
        using Tensor difference = one.sub(other).abs().masked_fill(same, 0).nan_to_num(double.PositiveInfinity);
        return new OnnxDifference(name, difference.max().item<double>());
    }
}
