using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class AttentionOperationTests
{
    private const double Tolerance = 2e-5;

    // [S,N,E], as TorchSharp's modules take them: both sizes are dynamic.
    private static readonly OnnxDynamicDimension[] s_sequence = [new("x", 0, "steps"), new("x", 1, "batch")];
    private static readonly OnnxTraceOptions s_one = new() { DynamicDimensions = s_sequence };
    private static readonly OnnxTraceOptions s_two = new() { DynamicDimensions = [.. s_sequence, new("y", 0, "others"), new("y", 1, "batch")] };

    private static readonly Dictionary<string, (Func<Tensor, Tensor> Function, long[] Shape)> s_functions = new()
    {
        ["of the sequence"] = (x => F.scaled_dot_product_attention(x, x * 2, x + 1), [2, 3, 4]),
        ["of heads, causal"] = (x => F.scaled_dot_product_attention(x, x * 2, x + 1, is_casual: true), [2, 2, 5, 4]),
        ["causal over more keys"] = (x => F.scaled_dot_product_attention(x, cat([x, x * 2], 1), cat([x, x + 1], 1), is_casual: true), [2, 3, 4]),
        ["with allowed places"] = (x => F.scaled_dot_product_attention(x, x, x, torch.ones(5, 5, ScalarType.Bool).tril()), [2, 2, 5, 4]),
        ["with a mask of contents"] = (x => F.scaled_dot_product_attention(x, x, x, (x.select(2, 0) > 0).unsqueeze(1)), [4, 3, 4]),
        ["with a mask that is added"] = (x => F.scaled_dot_product_attention(x, x, x, full([3, 3], float.NegativeInfinity).triu(1)), [2, 3, 4]),
        ["with a mask that leaves nothing"] = (x => F.scaled_dot_product_attention(x, x, x, full([3, 3], float.NegativeInfinity).triu()), [2, 3, 4]),
        ["in double precision"] = (x => F.scaled_dot_product_attention(x.to(ScalarType.Float64), x.to(ScalarType.Float64), x.to(ScalarType.Float64), is_casual: true), [2, 3, 4]),
    };

    public static TheoryData<string> Functions => [.. s_functions.Keys];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Attention_gives_the_same(string name)
    {
        using var module = new Lambda(s_functions[name].Function);
        TraceAssert.Right(module, [randn(s_functions[name].Shape)], new OnnxTraceOptions(), Tolerance);
    }

    [Fact]
    public void Attention_that_drops_weights_is_refused()
    {
        using var module = new Lambda(x => F.scaled_dot_product_attention(x, x, x, p: 0.1));
        Assert.Contains("at random", Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, [randn(2, 3, 4)])).Message, StringComparison.Ordinal);
    }

    public static TheoryData<int, bool, bool, bool, bool> Attentions => new()
    {
        { 1, true, false, false, false }, { 2, true, false, false, true }, { 4, false, false, true, false }, { 8, true, true, true, true }, { 2, false, true, false, false },
    };

    [Theory]
    [MemberData(nameof(Attentions))]
    public void Multihead_attention_gives_the_same(int heads, bool bias, bool biasOfKeys, bool zero, bool ofOtherLengths)
    {
        using var own = MultiheadAttention(8, heads, 0.5, bias, biasOfKeys, zero);
        Initialize(own);
        TraceAssert.Right(new Attending(own, (attention, x, _) => attention.call(x, x, x)), [randn(5, 2, 8), randn(3, 2, 8)], s_two, Tolerance);
        TraceAssert.Right(new Attending(own, (attention, x, y) => attention.call(x, y, y, need_weights: false)), [randn(5, 2, 8), randn(3, 2, 8)], s_two, Tolerance);
        using var cross = ofOtherLengths ? MultiheadAttention(8, heads, 0.5, bias, biasOfKeys, zero, 6, 6) : own;
        long length = ofOtherLengths ? 6 : 8;
        Initialize(cross);
        TraceAssert.Right(
            new Attending(cross, (attention, x, y) => attention.call(x, y, y * 2, Padding(y), true, x[TensorIndex.Colon, 0, 0].unsqueeze(1).expand(-1, y.shape[0]) > 0)),
            [randn(5, 2, 8), randn(3, 2, length)], s_two, Tolerance);
    }

    [Fact]
    public void Attention_may_be_the_root()
    {
        using var attention = MultiheadAttention(8, 2);
        OnnxTraceOptions options = new() { DynamicDimensions = [.. new[] { "query", "key", "value" }.Select(input => new OnnxDynamicDimension(input, 1, "batch"))] };
        Tensor x = randn(5, 2, 8);
        TraceAssert.Right(attention, [x, x, x, null, false, full([5, 5], float.NegativeInfinity).triu(1)], options, Tolerance);
        attention.to(ScalarType.Float64);
        Tensor wide = x.to(ScalarType.Float64);
        TraceAssert.Right(attention, [wide, wide, wide, null, true, null], options, Tolerance);
    }

    private static readonly Dictionary<string, (Func<nn.Module> Make, Func<nn.Module, Tensor, Tensor, Tensor> Run)> s_transformers = new()
    {
        ["encoder layer"] = (() => TransformerEncoderLayer(8, 2, 16), (m, x, y) => ((TransformerEncoderLayer)m).call(x)),
        ["encoder layer of gelu, masked"] = (() => TransformerEncoderLayer(8, 4, 16, activation: Activations.GELU), (m, x, y) => ((TransformerEncoderLayer)m).call(x, Causal(x), Padding(x))),
        ["encoder layer of one head"] = (() => TransformerEncoderLayer(8, 1, 16), (m, x, y) => ((TransformerEncoderLayer)m).call(x, Causal(x))),
        ["encoder"] = (() => TransformerEncoder(TransformerEncoderLayer(8, 8, 16), 3), (m, x, y) => ((TransformerEncoder)m).call(x)),
        ["encoder of gelu, masked"] = (() => TransformerEncoder(TransformerEncoderLayer(8, 2, 16, activation: Activations.GELU), 2), (m, x, y) => ((TransformerEncoder)m).call(x, Causal(x), Padding(x))),
        ["decoder layer"] = (() => TransformerDecoderLayer(8, 2, 16), (m, x, y) => ((TransformerDecoderLayer)m).call(x, y)),
        ["decoder layer of gelu, masked"] = (
            () => TransformerDecoderLayer(8, 1, 16, activation: Activations.GELU), (m, x, y) => ((TransformerDecoderLayer)m).call(x, y, Causal(x), null!, Padding(x), Padding(y))),
        ["decoder"] = (() => TransformerDecoder(TransformerDecoderLayer(8, 4, 16), 2), (m, x, y) => ((TransformerDecoder)m).call(x, y, Causal(x), x[TensorIndex.Colon, 0, 0].unsqueeze(1).expand(-1, y.shape[0]))),
        ["transformer"] = (() => Transformer(8, 2, 2, 2, 16), (m, x, y) => ((Transformer)m).call(x, y)),
        ["transformer of gelu, masked"] = (
            () => Transformer(8, 4, 1, 2, 16, activation: Activations.GELU),
            (m, x, y) => ((Transformer)m).call(x, y, null!, Causal(y), null, Padding(x), Padding(y), Padding(x))),
        ["transformer without layers"] = (() => Transformer(8, 4, 0, 0, 16), (m, x, y) => ((Transformer)m).call(x, y)),
        ["transformer of an encoder only"] = (() => Transformer(8, 4, 2, 0, 16), (m, x, y) => ((Transformer)m).call(x, y)),
    };

    public static TheoryData<string> Transformers => [.. s_transformers.Keys];

    [Theory]
    [MemberData(nameof(Transformers))]
    public void Transformers_give_the_same(string name)
    {
        using nn.Module module = s_transformers[name].Make();
        Initialize(module);
        TraceAssert.Right(new Transforming(module, s_transformers[name].Run), [randn(5, 2, 8), randn(3, 2, 8)], s_two, 1e-4);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(6, 3)]
    [InlineData(2, 1)]
    public void Small_transformers_give_the_same(long size, long heads)
    {
        using var module = TransformerEncoderLayer(size, heads, 4);
        Initialize(module);
        TraceAssert.Right(new Transforming(module, (m, x, y) => ((TransformerEncoderLayer)m).call(x)), [randn(5, 2, size), randn(3, 2, 1)], s_two, 1e-4);
    }

    private static Tensor Causal(Tensor x) => full([x.shape[0], x.shape[0]], float.NegativeInfinity).triu(1);

    private static Tensor Padding(Tensor x) => x.select(2, 0).t() > 10; // none, but the model doesn't know

    // All parameters of some size, as after training.
    private static void Initialize(nn.Module module)
    {
        using IDisposable noGradients = no_grad();
        foreach ((_, Tensor parameter) in module.state_dict())
            init.uniform_(parameter, -0.7, 0.7);
    }

    private sealed class Attending : Module<Tensor, Tensor, (Tensor, Tensor)>
    {
        private readonly MultiheadAttention attention;
        private readonly Func<MultiheadAttention, Tensor, Tensor, Tuple<Tensor, Tensor>> run;

        public Attending(MultiheadAttention attention, Func<MultiheadAttention, Tensor, Tensor, Tuple<Tensor, Tensor>> run) : base("attending")
        {
            (this.attention, this.run) = (attention, run);
            RegisterComponents();
        }

        public override (Tensor, Tensor) forward(Tensor x, Tensor y)
        {
            Tuple<Tensor, Tensor> both = run(attention, x, y);
            return both.Item2.IsInvalid ? (both.Item1, y) : (both.Item1, both.Item2 + y.sum() * 0);
        }
    }

    private sealed class Transforming : Module<Tensor, Tensor, Tensor>
    {
        private readonly nn.Module transformer;
        private readonly Func<nn.Module, Tensor, Tensor, Tensor> run;

        public Transforming(nn.Module transformer, Func<nn.Module, Tensor, Tensor, Tensor> run) : base("transforming")
        {
            (this.transformer, this.run) = (transformer, run);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x, Tensor y) => run(transformer, x, y);
    }
}
