using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class ReductionOperationTests
{
    // Of tensors [batch, 3, 4].
    private static readonly Dictionary<string, Func<Tensor, Tensor[]>> s_ofAll = new()
    {
        ["sum"] = x => [x.sum(), x.sum(1), x.sum(-1, keepdim: true), x.sum([0, 2]), x.sum(0, 1), sum(x, 1)],
        ["sum in another type"] = x => [x.sum(ScalarType.Float64), x.sum(1, type: ScalarType.Int32)],
        ["prod"] = x => [x.prod(1), x.prod(-1, keepdim: true, type: ScalarType.Float64), x[0].prod()],
        ["amax"] = x => [x.amax([1]), x.amax([0, 2], keepdim: true), x.amax([-1])],
        ["amin"] = x => [x.amin([1]), x.amin([0, 2], keepdim: true), x.amin([-1])],
        ["aminmax"] = x => [x.aminmax().min, x.aminmax(1, keepdim: true).max, x.aminmax(0).min, x.aminmax(-1).max],
        ["max of all"] = x => [x.max(), x.min(), max(x)],
        ["max along an axis"] = x => [x.max(1).values, x.max(1).indexes, x.max(-1, keepdim: true).values, x.max(0).indexes],
        ["min along an axis"] = x => [x.min(1).values, x.min(1).indexes, x.min(-1, keepdim: true).values, x.min(0).indexes],
        ["all"] = x => [x.all(), x.all(1), x.all(-1, keepdim: true)],
        ["any"] = x => [x.any(), x.any(1), x.any(-1, keepdim: true)],
        ["count_nonzero"] = x => [x.count_nonzero(), x.count_nonzero([1]), x.count_nonzero([0, 2])],
        ["sort"] = x => [x.sort(1).Values, x.sort(-1, descending: true).Values, x.sort(1, stable: true).Indices, x.sort(-1, descending: true, stable: true).Indices, x.sort(0).Values],
        ["argsort"] = x => [x.gather(1, x.argsort(1)), x.gather(2, x.argsort(descending: true))],
        ["msort"] = x => [x.msort()],
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor[]>> s_ofNumbers = new()
    {
        ["argmax"] = x => [x.argmax(), x.argmax(1), x.argmax(-1, keepdim: true)],
        ["argmin"] = x => [x.argmin(), x.argmin(1), x.argmin(-1, keepdim: true)],
        ["kthvalue"] = x => [x.kthvalue(2, null).values, x.kthvalue(3, 1, keepdim: true).values],
        ["topk"] = x => [x.topk(2).values, x.topk(2, 1, largest: false).values, x.gather(1, x.topk(3, 1).indexes), x.topk(1, 0).values],
        ["cumsum"] = x => [x.cumsum(1), x.cumsum(-1), x.cumsum(0), x.cumsum(1, ScalarType.Float64)],
        ["cumprod"] = x => [x.cumprod(1), x.cumprod(-1), x[0].cumprod(0)],
        ["nansum"] = x => [x.nansum()],
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor[]>> s_ofFractions = new()
    {
        ["mean"] = x => [x.mean(), x.mean([1]), x.mean([-1, 0], keepdim: true), x.mean([2], type: ScalarType.Float64), mean(x)],
        ["var"] = x => [x.var(), x.var(false), var(x, false), x.var(1), x.var([0, 2], unbiased: false), x.var(-1, unbiased: false, keepdim: true), var(x, 1)],
        ["std"] = x => [x.std(), x.std(false), x.std(1), x.std([0, 2]), x.std(-1, unbiased: false, keepdim: true), std(x, 1)],
        ["var_mean"] = x => [x.var_mean().var, x.var_mean(1).mean, x.var_mean([0, 2], unbiased: false).std, x.var_mean(-1, keepdim: true).mean],
        ["std_mean"] = x => [x.std_mean().std, x.std_mean(1).mean, x.std_mean([0, 2], unbiased: false).std, x.std_mean(-1, keepdim: true).mean],
        ["norm"] = x => [x.norm(), x.norm(1), x.norm(1, keepdim: true), x.norm(-1, p: 1), x.norm(2, p: 3), x.norm(0, p: float.PositiveInfinity), x.norm(1, p: 0)],
        ["linalg.norm"] = x => [linalg.norm(x), linalg.norm(x, 2.0, [1]), linalg.norm(x, [-1], keepdim: true), linalg.norm(x, 1, [1]), linalg.norm(x[0], 1.0), linalg.norm(x, "fro", [1, 2])],
        ["linalg.vector_norm"] = x => [linalg.vector_norm(x), linalg.vector_norm(x, 3, [0, 2]), linalg.vector_norm(x, double.NegativeInfinity, [1], keepdim: true)],
        ["linalg.matrix_norm"] = x => [linalg.matrix_norm(x), linalg.matrix_norm(x, 1), linalg.matrix_norm(x, double.NegativeInfinity, keepdim: true), linalg.matrix_norm(x, -1, [0, 2])],
        ["dist"] = x => [x.dist(x * 2), x.dist(x + 1, 1)],
        ["logsumexp"] = x => [x.logsumexp(1), x.logsumexp(-1, keepdim: true), x.logsumexp(0)],
        ["logcumsumexp"] = x => [x.logcumsumexp(1), x.logcumsumexp(-1)],
        ["softmax"] = x => [x.softmax(1), nn.functional.softmax(x, -1, ScalarType.Float64), x.log_softmax(1), x.softmax(0)],
    };

    public static TheoryData<string> OfAll => [.. s_ofAll.Keys];

    public static TheoryData<string> OfNumbers => [.. s_ofNumbers.Keys];

    public static TheoryData<string> OfFractions => [.. s_ofFractions.Keys];

    [Theory]
    [MemberData(nameof(OfAll))]
    public void A_reduction_gives_the_same_of_every_type(string name) => Right(
        s_ofAll[name], ScalarType.Float32, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Bool);

    [Theory]
    [MemberData(nameof(OfNumbers))]
    public void A_reduction_of_numbers_gives_the_same(string name) =>
        Right(s_ofNumbers[name], ScalarType.Float32, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32, ScalarType.Int8);

    [Theory]
    [MemberData(nameof(OfFractions))]
    public void A_reduction_of_fractions_gives_the_same(string name) => Right(s_ofFractions[name], ScalarType.Float32, ScalarType.Float64);

    [Fact]
    public void What_is_no_number_adds_up_to_nothing() => RightOf(s_ofNumbers["nansum"], Strange());

    [Fact]
    public void Infinities_add_up_in_logarithms() =>
        RightOf(x => [x.logsumexp(1), x.logsumexp(2)], tensor([1, double.NegativeInfinity, 2, double.NegativeInfinity, 3, double.PositiveInfinity]).reshape(1, 3, 2).expand(2, 3, 2));

    [Fact]
    public void A_variance_of_one_element_is_no_number() => RightOf(x => [x.var(1), x.std(0)], rand(2, 1, 3));

    [Fact]
    public void Axes_of_dynamic_size_are_reduced() => TraceAssert.Right(
        new LambdaMany(x => [x.var(1), x.std(), x.cumprod(1), x.argmax(1), x.sort(1).Values, x.amax([0, 1]), x.mean([1]), x.diff(1, 1), x.flip(1), x.diag_embed(), x.roll(1, 1), x[.., 1..]]),
        [rand(4, 4, 3)],
        new OnnxTraceOptions { DynamicDimensions = [new("x", 0, "rows"), new("x", 1, "columns")] },
        1e-5);

    [Fact]
    public void Reductions_are_valid_in_every_opset()
    {
        OnnxModel Export(int opset) => OnnxExporter.Export(new LambdaMany(x => [x.amax([1]), x.mean([2]), x.sum(1), x.logsumexp(1)]), [rand(2, 3, 4)], new OnnxTraceOptions(), new OnnxModelOptions { Opset = opset, IrVersion = 10 });
        for (int opset = OnnxModelOptions.MinimumOpset; opset <= OnnxModelOptions.MaximumOpset; opset++)
        {
            using var session = new OnnxSession(Export(opset));
            using Tensor x = rand(5, 3, 4);
            ModelAssert.Same(x.amax([1]), session.Run(x)[0], 1e-6);
        }
    }

    [Theory]
    [InlineData("median")]
    [InlineData("mode")]
    [InlineData("nuclear norm")]
    [InlineData("spectral norm")]
    public void What_ONNX_has_no_operator_for_is_refused(string name) => Assert.Throws<OnnxExportException>(() => RightOf(
        x => name switch
        {
            "median" => [x.median()],
            "mode" => [x.mode(1).values],
            "nuclear norm" => [linalg.norm(x[0], "nuc")],
            _ => [linalg.matrix_norm(x, 2)],
        },
        rand(2, 3, 4)));

    private static Tensor Strange() => tensor(
        [
            1, double.NaN, 2, double.PositiveInfinity, double.PositiveInfinity, 5, double.NaN, 1, 0, 2, double.NegativeInfinity, -1,
            3, 3, 7, 7, 2, double.PositiveInfinity, double.NaN, double.NaN, double.NegativeInfinity, 1, 1, 0,
        ]).reshape(2, 3, 4);

    private static void Right(Func<Tensor, Tensor[]> function, params ScalarType[] types)
    {
        foreach (ScalarType type in types)
            RightOf(function, tensor(new long[] { 1, 0, -2, 3, 1, 2, 0, -1, 2, 2, -3, 1, 0, 1, -2, 2, 1, 0, 3, 3, 1, 1, 1, 1 }).reshape(2, 3, 4).to(type));
    }

    private static void RightOf(Func<Tensor, Tensor[]> function, Tensor input)
    {
        using IDisposable scope = NewDisposeScope();
        TraceAssert.Right(new LambdaMany(function), input);
    }
}
