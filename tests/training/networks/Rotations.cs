using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Networks;

/// <summary>A language model as Llama's ports have it: positions are turns of complex numbers, worked out in the constructor.</summary>
public sealed class SmallLlama : Module<Tensor, Tensor>
{
    private readonly Embedding tok_embeddings;
    private readonly ModuleList<Block> layers = ModuleList(new Block(), new Block());
    private readonly RmsNorm norm = new(Dim);
    private readonly Linear output = Linear(Dim, 40, hasBias: false);
    private readonly Tensor freqs_cis;
    public const long Dim = 16, Heads = 4, KeyHeads = 2, Head = 4;

    public SmallLlama(bool isBuffer) : base("llama")
    {
        tok_embeddings = Embedding(40, Dim);
        freqs_cis = PrecomputeFreqsCis(Head, 64);
        if (isBuffer)
            register_buffer("freqs_cis", freqs_cis);
        RegisterComponents();
    }

    private static Tensor PrecomputeFreqsCis(long dim, long end, double theta = 10000.0)
    {
        var freqs = 1.0 / torch.pow(theta, torch.arange(0, dim, 2).narrow(0, 0, dim / 2).to(ScalarType.Float32) / dim);
        var t = torch.arange(end, dtype: ScalarType.Float32);
        freqs = torch.outer(t, freqs);
        return torch.polar(torch.ones_like(freqs), freqs);
    }

    public override Tensor forward(Tensor tokens)
    {
        var seqlen = tokens.shape[1];
        var h = tok_embeddings.call(tokens);
        var freqs = freqs_cis.slice(0, 0, seqlen, 1);
        Tensor mask = torch.full(new[] { seqlen, seqlen }, float.NegativeInfinity).triu(1);
        foreach (var layer in layers)
            h = layer.call(h, freqs, mask);
        return output.call(norm.call(h));
    }

    public sealed class RmsNorm : Module<Tensor, Tensor>
    {
        private readonly Parameter weight;

        public RmsNorm(long dim) : base("norm")
        {
            weight = Parameter(torch.ones(dim));
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => (x.to(ScalarType.Float32) * torch.rsqrt(x.pow(2).mean(new long[] { -1 }, keepdim: true) + 1e-6)).type_as(x) * weight;
    }

    public sealed class Block : Module<Tensor, Tensor, Tensor, Tensor>
    {
        private readonly Linear wq = Linear(Dim, Heads * Head, hasBias: false), wk = Linear(Dim, KeyHeads * Head, hasBias: false), wv = Linear(Dim, KeyHeads * Head, hasBias: false);
        private readonly Linear wo = Linear(Heads * Head, Dim, hasBias: false), w1 = Linear(Dim, 24, hasBias: false), w2 = Linear(24, Dim, hasBias: false), w3 = Linear(Dim, 24, hasBias: false);
        private readonly RmsNorm attention_norm = new(Dim), ffn_norm = new(Dim);

        public Block() : base("block") => RegisterComponents();

        private static Tensor ApplyRotaryEmbeddings(Tensor input, Tensor freqs_complex)
        {
            var input_complex = torch.view_as_complex(input.to_type(ScalarType.Float32).reshape(input.shape[0], input.shape[1], input.shape[2], -1, 2));
            var freqs = freqs_complex.unsqueeze(0).unsqueeze(2);
            var rotated = torch.view_as_real(input_complex * freqs);
            return rotated.reshape(rotated.shape[0], rotated.shape[1], rotated.shape[2], -1).type_as(input);
        }

        private static Tensor RepeatKV(Tensor x, long n)
        {
            var (b, t, h, d) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
            return x.unsqueeze(3).expand(b, t, h, n, d).reshape(b, t, h * n, d);
        }

        public override Tensor forward(Tensor x, Tensor freqs_cis, Tensor mask)
        {
            var (b, t) = (x.shape[0], x.shape[1]);
            var n = attention_norm.call(x);
            var q = ApplyRotaryEmbeddings(wq.call(n).view(b, t, Heads, Head), freqs_cis).transpose(1, 2);
            var k = RepeatKV(ApplyRotaryEmbeddings(wk.call(n).view(b, t, KeyHeads, Head), freqs_cis), Heads / KeyHeads).transpose(1, 2);
            var v = RepeatKV(wv.call(n).view(b, t, KeyHeads, Head), Heads / KeyHeads).transpose(1, 2);
            var scores = F.softmax(torch.matmul(q, k.transpose(2, 3)) / Math.Sqrt(Head) + mask, dim: -1);
            var h = x + wo.call(torch.matmul(scores, v).transpose(1, 2).contiguous().view(b, t, -1));
            n = ffn_norm.call(h);
            return h + w2.call(F.silu(w1.call(n)) * w3.call(n));
        }
    }
}

/// <summary>Positions of a picture's places, turned along both its axes, with frequencies made for each picture.</summary>
public sealed class AxialRotation : Module<Tensor, Tensor>
{
    private readonly Conv2d patches = Conv2d(3, 8, 4, stride: 4);
    private readonly Linear query = Linear(8, 8), key = Linear(8, 8), value = Linear(8, 8);

    public AxialRotation() : base("axial") => RegisterComponents();

    private static Tensor Frequencies(long h, long w)
    {
        var t = torch.arange(h * w, dtype: ScalarType.Float32);
        var (ty, tx) = (torch.div(t, w, RoundingMode.floor), t.remainder(w));
        var freqs = torch.tensor(new[] { 1.0f, 0.1f });
        var (x, y) = (torch.outer(tx, freqs), torch.outer(ty, freqs));
        return torch.cat(new[] { torch.polar(torch.ones_like(x), x), torch.polar(torch.ones_like(y), y) }, dim: -1);
    }

    private static Tensor Turn(Tensor x, Tensor freqs) => (x.view(x.shape[0], x.shape[1], -1, 2).view_as_complex() * freqs).view_as_real().flatten(2);

    public override Tensor forward(Tensor x)
    {
        x = patches.call(x);
        var freqs = Frequencies(x.shape[2], x.shape[3]);
        x = x.flatten(2).transpose(1, 2);
        var scores = Turn(query.call(x), freqs).matmul(Turn(key.call(x), freqs).transpose(1, 2)).softmax(-1);
        return scores.matmul(value.call(x));
    }
}
