using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class EmbeddingBagOperationTests
{
    [Theory]
    [InlineData(EmbeddingBagMode.Sum, -1, null)]
    [InlineData(EmbeddingBagMode.Mean, -1, null)]
    [InlineData(EmbeddingBagMode.Max, -1, 0.5)]
    [InlineData(EmbeddingBagMode.Sum, 0, 0.5)]
    [InlineData(EmbeddingBagMode.Mean, 2, 0.5)]
    [InlineData(EmbeddingBagMode.Max, 1, null)]
    public void Bags_give_the_same(EmbeddingBagMode mode, int padding, double? norm)
    {
        using var bag = EmbeddingBag(5, 3, norm, mode: mode, padding_index: padding);
        long full = Math.Max(padding, 0);
        Tensor numbers = tensor(new long[] { 1, 2, 0, 4, full, full, full, full, 3, 3, full, 1 }, [3, 4]);
        TraceAssert.Right(bag, [numbers, null, null], new OnnxTraceOptions(), 1e-5);
        if (mode == EmbeddingBagMode.Sum)
            TraceAssert.Right(bag, [numbers, null, rand(3, 4)], new OnnxTraceOptions(), 1e-5);
    }

    [Fact]
    public void A_table_of_one_row_gives_the_same()
    {
        using var bag = EmbeddingBag(1, 3);
        TraceAssert.Right(bag, [zeros([2, 4], ScalarType.Int64), null, null], new OnnxTraceOptions(), 1e-5);
    }

    [Fact]
    public void Offsets_are_refused()
    {
        using var bag = EmbeddingBag(5, 3);
        object?[] examples = [tensor(new long[] { 1, 2, 3 }), tensor(new long[] { 0, 1 }), null];
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(bag, examples, new OnnxTraceOptions { DynamicDimensions = [] }));
        Assert.Contains("offsets", refusal.Message, StringComparison.Ordinal);
    }
}
