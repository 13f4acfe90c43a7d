using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests;

/// <summary>Compares a TorchSharp module in eval mode with its export in ONNX Runtime.</summary>
internal static class ModelAssert
{
    /// <summary>The same outputs for a batch of any size, the first dimension being symbolic.</summary>
    public static void SameOutputs(nn.Module<Tensor, Tensor> module, Tensor input, double tolerance = 1e-5)
    {
        using IDisposable scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        module.eval();
        var dimensions = input.shape.Select((size, axis) => axis == 0 && input.dim() > 1 ? OnnxDimension.Symbolic("batch") : size).ToArray();
        OnnxModel model = OnnxExporter.Export(module, [new OnnxTensorInfo("input", OnnxTensor.ElementTypeOf(input.dtype), dimensions)]);
        using var session = new OnnxSession(model);
        Same(module.call(input.clone()), Assert.Single(session.Run(input)), tolerance, module);
    }

    public static void Same(Tensor expected, Tensor actual, double tolerance, object? about = null)
    {
        Assert.Equal(expected.dtype, actual.dtype);
        Assert.Equal(expected.shape, actual.shape);
        using IDisposable scope = NewDisposeScope();
        Tensor right = expected.to_type(ScalarType.Float64), given = actual.to_type(ScalarType.Float64);
        Tensor difference = (right - given).abs();
        Tensor near = difference.le(tolerance * right.abs().clamp_min(1)).logical_and(right.isfinite());
        Tensor same = near.logical_or(right.eq(given)).logical_or(right.isnan().logical_and(given.isnan()));
        if (!same.all().item<bool>())
            Assert.Fail($"{about}: outputs differ by up to {difference.max().item<double>()}: {expected.ToString(TorchSharp.TensorStringStyle.Julia)} and {actual.ToString(TorchSharp.TensorStringStyle.Julia)}");
    }
}
