using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class ActivationOperationTests
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_functions = new()
    {
        ["relu6"] = x => x.relu6() + F.relu6(x, inplace: false),
        ["relu6_"] = x => F.relu6(x * 1, inplace: true),
        ["hardtanh"] = x => F.hardtanh(x * 1, -0.5, 0.75, inplace: true),
        ["hardtanh, which does nothing out of place"] = x => F.hardtanh(x, -0.5, 0.75),
        ["hardsigmoid"] = x => F.hardsigmoid(x),
        ["hardswish"] = x => F.hardswish(x) + x.hardswish(),
        ["silu"] = x => F.silu(x),
        ["silu_"] = x => (x * 2).silu_(),
        ["gelu"] = x => F.gelu(x),
        ["gelu_"] = x => F.gelu(x * 1, inplace: true),
        ["gelu by tanh"] = x => x.gelu(GELU.Approximate.tanh),
        ["leaky_relu"] = x => F.leaky_relu(x, 0.1),
        ["leaky_relu_"] = x => F.leaky_relu(x * 1, -1.5, inplace: true),
        ["rrelu"] = x => F.rrelu(x, 0.1, 0.3),
        ["elu"] = x => F.elu(x, 0.7) + x.elu(1.5, 2, 0.5),
        ["elu_"] = x => F.elu(x * 1, 0.7, inplace: true),
        ["celu"] = x => F.celu(x, 1.3) + x.celu(),
        ["celu, negative"] = x => x.celu(-2),
        ["selu"] = x => F.selu(x),
        ["selu_"] = x => F.selu(x * 1, inplace: true),
        ["softplus"] = x => F.softplus(x),
        ["softplus of another slope"] = x => x.softplus(3, 2),
        ["log_sigmoid"] = x => F.logsigmoid(x * 30),
        ["glu"] = x => F.glu(x),
        ["glu along another axis"] = x => x.glu(1),
        ["hardshrink"] = x => F.hardshrink(x, 0.6),
        ["softshrink"] = x => F.softshrink(x, 0.6) + F.softshrink(x),
        ["threshold"] = x => F.threshold(x, 0.2, -7),
        ["threshold_"] = x => F.threshold(x * 1, 0.2, -7, inplace: true),
        ["logit"] = x => (x.sigmoid() / 2 + 0.2).logit() + x.logit(0.01),
        ["logit_"] = x => x.sigmoid().logit_(0.2),
        ["mish"] = x => F.mish(x),
        ["mish_"] = x => F.mish(x * 1, inplace: true),
        ["softsign"] = x => F.softsign(x),
        ["tanhshrink"] = x => F.tanhshrink(x),
        ["softmin"] = x => F.softmin(x, 1),
        ["softmax2d"] = x => F.softmax2d(x.unsqueeze(-1)),
    };

    public static TheoryData<string> Functions => [.. s_functions.Keys];

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_function_gives_the_same(string name)
    {
        Function(name, ScalarType.Float32);
        if (name is not ("gelu" or "gelu_"))
            Function(name, ScalarType.Float64);
    }

    [Fact]
    public void What_ONNX_Runtime_has_no_double_for_is_refused()
    {
        using var module = new Lambda(x => x.gelu());
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, [rand(2, 3, dtype: ScalarType.Float64)]));
        Assert.Contains("Double", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Modules_without_an_exporter_are_followed()
    {
        Tensor example = 3 * randn(2, 4, 6);
        foreach (Func<nn.Module<Tensor, Tensor>> make in new Func<nn.Module<Tensor, Tensor>>[]
        {
            () => nn.CELU(0.6), () => nn.GLU(), () => nn.Hardshrink(), () => nn.Softshrink(), () => nn.LogSigmoid(), () => nn.PReLU(1), () => nn.PReLU(4),
            () => nn.Softplus(2, 3), () => nn.Tanhshrink(), () => nn.Threshold(0.5, 3), () => nn.RReLU(), () => nn.Softmin(1), () => nn.Hardtanh(-2, 0.5, inplace: true),
        })
        {
            using nn.Module<Tensor, Tensor> module = make();
            TraceAssert.Right(module, example);
        }
    }

    [Fact]
    public void The_slopes_of_a_matrix_are_of_its_columns() => TraceAssert.Right(new Lambda2((x, w) => x.prelu(w.mean([0]))), randn(2, 4), rand(2, 4));

    private static void Function(string name, ScalarType type)
    {
        using var module = new Lambda(s_functions[name]);
        TraceAssert.Right(module, 3 * randn(2, 4, 6, dtype: type));
    }
}
