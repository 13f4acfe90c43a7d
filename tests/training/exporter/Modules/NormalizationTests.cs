using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Modules;

public class NormalizationTests
{
    [Theory]
    [InlineData(true, 1e-5)]
    [InlineData(false, 1e-5)]
    [InlineData(true, 0.1)]
    public void Batch_normalisation_gives_what_TorchSharp_gives(bool affine, double eps)
    {
        ModelAssert.SameOutputs(Trained(nn.BatchNorm1d(5, eps, affine: affine)), randn(4, 5));
        ModelAssert.SameOutputs(Trained(nn.BatchNorm1d(5, eps, affine: affine)), randn(4, 5, 7));
        ModelAssert.SameOutputs(Trained(nn.BatchNorm2d(5, eps, affine: affine)), randn(4, 5, 3, 2));
        ModelAssert.SameOutputs(Trained(nn.BatchNorm3d(5, eps, affine: affine)), randn([4, 5, 3, 2, 2]));
    }

    [Fact]
    public void Batch_normalisation_in_training_mode_is_exported_as_in_inference()
    {
        BatchNorm module = Trained(nn.BatchNorm1d(5));
        module.eval();
        byte[] inference = OnnxExporter.Export(module, "batch", 5).ToBytes();
        module.train();
        Assert.Equal(inference, OnnxExporter.Export(module, "batch", 5).ToBytes());
    }

    [Fact]
    public void Batch_normalisation_without_running_statistics_is_refused()
    {
        using var module = nn.BatchNorm2d(5, track_running_stats: false);
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, "batch", 5, 3, 3));
        Assert.Contains("BatchNorm2d", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("track_running_stats", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public void Layer_normalisation_gives_what_TorchSharp_gives(bool affine, bool bias)
    {
        foreach (long[] shape in (long[][])[[6], [5, 6]])
        {
            LayerNorm module = nn.LayerNorm(shape, eps: 1e-3, elementwise_affine: affine, bias: bias);
            Randomize(module);
            ModelAssert.SameOutputs(module, randn(4, 3, 5, 6) * 3);
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, true)]
    [InlineData(6, true)]
    [InlineData(2, false)]
    public void Group_normalisation_gives_what_TorchSharp_gives(long groups, bool affine)
    {
        GroupNorm module = nn.GroupNorm(groups, 6, affine: affine);
        Randomize(module);
        ModelAssert.SameOutputs(module, (randn(4, 6, 5, 3) * 2) + 1);
        ModelAssert.SameOutputs(module, randn(4, 6, 5));
    }

    // Parameters and running statistics that aren't the neutral ones.
    private static BatchNorm Trained(BatchNorm module)
    {
        Randomize(module);
        using (no_grad())
        {
            module.running_mean!.copy_(randn(module.num_features));
            module.running_var!.copy_(rand(module.num_features) + 0.5);
        }

        return module;
    }

    private static void Randomize(nn.Module module)
    {
        using IDisposable noGradients = no_grad();
        foreach (Parameter parameter in module.parameters())
            parameter.copy_(randn(parameter.shape) + 1);
    }
}
