using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Modules;

public class LinearTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Linear_gives_what_TorchSharp_gives_for_any_number_of_dimensions(bool bias)
    {
        using var module = nn.Linear(6, 4, hasBias: bias);
        ModelAssert.SameOutputs(module, randn(6));
        ModelAssert.SameOutputs(module, randn(3, 6));
        ModelAssert.SameOutputs(module, randn(3, 5, 6));
        ModelAssert.SameOutputs(module, randn(3, 5, 2, 6));
    }

    [Theory]
    [InlineData(ScalarType.Float64, 1e-12)]
    [InlineData(ScalarType.Float16, 5e-3)]
    public void Linear_of_other_floating_point_types_gives_what_TorchSharp_gives(ScalarType type, double tolerance)
    {
        using var module = nn.Linear(6, 4, dtype: type);
        ModelAssert.SameOutputs(module, randn(3, 6).to_type(type), tolerance);
    }

    [Fact]
    public void A_type_that_ONNX_operators_do_not_take_is_refused()
    {
        using var module = nn.Sequential(("dense", nn.Linear(6, 4, dtype: ScalarType.BFloat16)));
        var refusal = Assert.ThrowsAny<NotSupportedException>(() => OnnxExporter.Export(module, [zeros(2, 6, ScalarType.BFloat16)]));
        Assert.Contains("BFloat16", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Float32", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_of_another_type_than_the_weights_is_refused()
    {
        using var module = nn.Linear(6, 4, dtype: ScalarType.Float64);
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, "batch", 6));
        Assert.Contains("must have the same dtype, but got Float and Double", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_that_is_a_transposed_view_is_written_in_its_own_order()
    {
        using var module = nn.Linear(3, 2, hasBias: false);
        module.weight = nn.Parameter(arange(6f).reshape(3, 2).t());
        Assert.False(module.weight.is_contiguous());
        ModelAssert.SameOutputs(module, randn(4, 3));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.5)]
    public void Embedding_gives_what_TorchSharp_gives(double? maxNorm)
    {
        using var module = nn.Embedding(7, 3, padding_idx: 2, max_norm: maxNorm);
        ModelAssert.SameOutputs(module, tensor(new long[,] { { 0, 6, 2 }, { 3, 3, 1 } }));
    }

    [Fact]
    public void Exporting_an_embedding_leaves_it_as_it_was()
    {
        using var module = nn.Embedding(7, 3, max_norm: 0.1);
        float[] before = module.weight!.data<float>().ToArray();
        OnnxExporter.Export(module, [new OnnxTensorInfo("words", OnnxElementType.Int64, ["batch"])]);
        Assert.Equal(before, module.weight!.data<float>().ToArray());
    }

    [Fact]
    public void An_embedding_of_numbers_that_are_no_indices_is_refused()
    {
        using var module = nn.Embedding(7, 3);
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, "batch"));
        Assert.Contains("Long, Int; but got CPUFloatType", refusal.Message, StringComparison.Ordinal);
    }
}
