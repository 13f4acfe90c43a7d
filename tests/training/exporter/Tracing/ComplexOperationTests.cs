using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>Complex numbers within a network, as rotary embeddings have them.</summary>
public sealed class ComplexOperationTests
{
    private static readonly Tensor s_turns = polar(ones(3, 4), rand(3, 4));
    private static readonly Tensor s_many = polar(rand(40, 4), rand(40, 4)).conj();

    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_functions = new()
    {
        ["turned"] = x => view_as_real(Complex(x) * s_turns).flatten(2),
        ["turned by real ones"] = x => view_as_real(x[.., .., ..4] * s_turns + Complex(x) * x[.., .., ..4]),
        ["multiplied by numbers"] = x => view_as_real(Complex(x) * 3 / 2 + 1),
        ["divided"] = x => view_as_real(Complex(x) / (1 + x[.., .., ..4].abs())),
        ["added and subtracted"] = x => view_as_real(Complex(x) + s_turns - x[.., .., ..4]) + view_as_real(x[.., .., ..4] - Complex(x)),
        ["parts"] = x => Complex(x).real + 2 * Complex(x).imag + Complex(x).abs(),
        ["conjugate"] = x => view_as_real((Complex(x).conj() * s_turns.conj()).resolve_conj()),
        ["negative"] = x => view_as_real(-Complex(x)),
        ["from parts"] = x => view_as_real(complex(x, x.sin()) * complex(x.cos(), x)),
        ["polar"] = x => view_as_real(polar(x.abs(), x) * polar(ones_like(x), 2 * x)),
        ["shapes"] = x => view_as_real(Complex(x).reshape(x.shape[0], -1, 2).unsqueeze(1).transpose(-1, -2).permute(0, 3, 1, 2).flatten(1).view(x.shape[0], 3, -1, 1).squeeze(-1)),
        ["parts of axes"] = x => view_as_real(Complex(x).narrow(1, 1, 2)[.., 1, ..] * Complex(x).select(1, 0) * Complex(x)[0, 0]),
        ["chunks"] = x => view_as_real(Complex(x).chunk(2, -1) is var halves ? cat([halves[1], halves[0]], -1) : s_turns),
        ["joined with real ones"] = x => view_as_real(cat([Complex(x), x], dim: -1)),
        ["expanded"] = x => view_as_real(Complex(x).unsqueeze(1).expand(-1, 5, -1, -1) * s_turns),
        ["places of a table"] = x => view_as_real(s_many[(x.abs() * 10).to_type(ScalarType.Int64).narrow(2, 0, 1).squeeze(2)] * s_many.index_select(0, tensor(new long[] { 3, 1, 2 }))),
        ["as many as rows"] = x => view_as_real(s_many.slice(0, 0, x.shape[0], 1).unsqueeze(1) * Complex(x)),
        ["doubles"] = x => view_as_real(Complex(x.to_type(ScalarType.Float64)) * s_turns).to_type(ScalarType.Float32),
        ["to other numbers"] = x => view_as_real(Complex(x).to_type(ScalarType.ComplexFloat64)).to_type(ScalarType.Float32),
        ["in place"] = x => view_as_real(Complex(x).clone().mul_(s_turns)),
        ["in place through a view"] = x =>
        {
            Tensor y = x.clone();
            Complex(y).mul_(s_turns);
            return y;
        },
    };

    public static TheoryData<string> Functions => [.. s_functions.Keys];

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_function_gives_the_same(string name)
    {
        using var module = new Lambda(s_functions[name]);
        TraceAssert.Right(module, randn(2, 3, 8));
    }

    [Fact]
    public void Intermediate_values_are_compared_by_their_parts()
    {
        using var module = new Lambda(x => view_as_real(Complex(x) * s_turns * 2).sin());
        OnnxModel model = OnnxExporter.Export(module, [randn(2, 3, 8)]);
        OnnxVerification verification = OnnxExporter.Verify(module, model, [randn(5, 3, 8)], Run, intermediates: true);
        Assert.True(verification.Intermediates.Count >= 2);
        Assert.All(verification.Intermediates, value => Assert.True(value.Greatest < 1e-5, value.Name));
    }

    [Fact]
    public void What_has_no_counterpart_is_refused()
    {
        Refused(x => Complex(x).exp().abs(), "complex numbers: exp");
        Refused(x => view_as_real(Complex(x).matmul(s_turns.t())), "complex numbers: matmul");
        Refused(x => view_as_real(1 / Complex(x)), "complex numbers");
        Refused(x => view_as_real(s_turns / Complex(x)), "complex numbers: something is divided by them");
        Refused(x => view_as_real(Complex(x) * new System.Numerics.Complex(0, 1)), "complex numbers");
        Refused(x => Complex(x).to_type(ScalarType.Float32), "complex numbers: to");
        Refused(x => Complex(x), "returns complex numbers");
        Refused(
            x =>
            {
                Tensor y = x.clone();
                Complex(y).select(1, 0).mul_(2);
                return y;
            },
            "in place");
    }

    [Fact]
    public void A_module_with_an_exporter_of_its_own_gets_no_complex_numbers()
    {
        using var module = new Holder();
        OnnxModuleRegistry modules = OnnxExporter.Modules.With<Magnitude>((graph, _, input) => graph.Mul(input, 2));
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, [randn(2, 3, 8)], modules: modules));
        Assert.Contains("complex numbers", refusal.Message, StringComparison.Ordinal);
        TraceAssert.Right(module, randn(2, 3, 8));
    }

    [Fact]
    public void A_complex_input_is_refused()
    {
        using var module = new Lambda(x => view_as_real(x));
        var refusal = Assert.ThrowsAny<NotSupportedException>(() => OnnxExporter.Export(module, [polar(ones(2, 3), ones(2, 3))]));
        Assert.Contains("view_as_real", refusal.Message, StringComparison.Ordinal);
    }

    private static Tensor Complex(Tensor x) => view_as_complex(x.reshape(x.shape[0], x.shape[1], -1, 2)); // [N,3,8] → [N,3,4]

    private static Tensor[] Run(OnnxModel model, IReadOnlyList<Tensor> inputs)
    {
        using var session = new OnnxSession(model);
        return session.Run([.. inputs]);
    }

    private static void Refused(Func<Tensor, Tensor> function, string says)
    {
        using var module = new Lambda(function);
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, [randn(2, 3, 8)]));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    private sealed class Magnitude() : nn.Module<Tensor, Tensor>("magnitude")
    {
        public override Tensor forward(Tensor x) => x.abs();
    }

    private sealed class Holder : nn.Module<Tensor, Tensor>
    {
        private readonly Magnitude magnitude = new();

        public Holder() : base("holder") => RegisterComponents();

        public override Tensor forward(Tensor x) => magnitude.call(Complex(x));
    }
}
