using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Networks;

/// <summary>Attention as newer language models have it: rotated positions, fewer heads of keys, normalisation by the root mean square, gated layers.</summary>
public sealed class RotaryBlock : Module<Tensor, Tensor>
{
    private const long Heads = 4, KeyHeads = 2, Head = 4;
    private readonly Linear query = Linear(16, Heads * Head, hasBias: false), keyValue = Linear(16, 2 * KeyHeads * Head, hasBias: false), output = Linear(16, 16);
    private readonly Linear gate = Linear(16, 24), up = Linear(16, 24), down = Linear(24, 16);
    private readonly Parameter scale = Parameter(torch.ones(16));

    public RotaryBlock() : base("rotary") => RegisterComponents();

    private Tensor Norm(Tensor x) => x * rsqrt(x.pow(2).mean(new long[] { -1 }, keepdim: true) + 1e-6) * scale;

    private static Tensor Rotate(Tensor x)
    {
        long steps = x.shape[^2], half = x.shape[^1] / 2;
        var frequencies = 1 / pow(10000, arange(0, half, ScalarType.Float32) / half);
        var angles = outer(arange(steps, ScalarType.Float32), frequencies);
        var (cosine, sine) = (angles.cos(), angles.sin());
        var halves = x.chunk(2, dim: -1);
        return cat(new[] { halves[0] * cosine - halves[1] * sine, halves[1] * cosine + halves[0] * sine }, dim: -1);
    }

    public override Tensor forward(Tensor x)
    {
        var (b, t, c) = (x.shape[0], x.shape[1], x.shape[2]);
        var n = Norm(x);
        var q = Rotate(query.call(n).view(b, t, Heads, Head).transpose(1, 2));
        var kv = keyValue.call(n).view(b, t, 2, KeyHeads, Head).permute(2, 0, 3, 1, 4);
        var k = Rotate(kv[0]).repeat_interleave(Heads / KeyHeads, dim: 1);
        var v = kv[1].unsqueeze(2).expand(b, KeyHeads, Heads / KeyHeads, t, Head).reshape(b, Heads, t, Head);
        var mask = zeros(t, t).masked_fill(ones(t, t).tril() == 0, float.NegativeInfinity);
        x = x + output.call(F.scaled_dot_product_attention(q, k, v, mask).transpose(1, 2).reshape(b, t, c));
        n = Norm(x);
        return x + down.call(F.silu(gate.call(n)) * up.call(n));
    }
}

/// <summary>A vision transformer: patches by a convolution, a token for the class, an encoder of TorchSharp's own.</summary>
public sealed class SmallVit : Module<Tensor, Tensor>
{
    private readonly Conv2d patches = Conv2d(3, 8, 4, stride: 4);
    private readonly Parameter token = Parameter(randn(1, 1, 8)), positions = Parameter(randn(1, 17, 8));
    private readonly TransformerEncoder encoder = TransformerEncoder(TransformerEncoderLayer(8, 2, 16), 2);
    private readonly Linear head = Linear(8, 5);

    public SmallVit() : base("vit") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = patches.call(x).flatten(2).transpose(1, 2);
        x = cat(new[] { token.expand(x.shape[0], -1, -1), x }, 1) + positions;
        x = encoder.call(x.permute(1, 0, 2), null!, null!);
        return head.call(x[0]);
    }
}

/// <summary>Classifies sequences of several lengths in one batch by their own last steps.</summary>
public sealed class LastStep : Module<Tensor, Tensor, Tensor>
{
    private readonly GRU gru = GRU(5, 6, batchFirst: true);
    private readonly Linear head = Linear(6, 3);

    public LastStep() : base("last") => RegisterComponents();

    public override Tensor forward(Tensor x, Tensor lengths)
    {
        var (output, _) = gru.call(x);
        var last = (lengths - 1).view(-1, 1, 1).expand(-1, 1, output.shape[2]);
        return head.call(output.gather(1, last).squeeze(1));
    }
}

/// <summary>Writes a few words, each the most likely after the one before.</summary>
public sealed class GreedyDecoder : Module<Tensor, (Tensor words, Tensor scores)>
{
    private readonly Embedding embedding = Embedding(9, 6);
    private readonly GRUCell cell = GRUCell(6, 6);
    private readonly RNNCell adapter = RNNCell(6, 6, NonLinearities.ReLU);
    private readonly Linear scores = Linear(6, 9);

    public GreedyDecoder() : base("greedy") => RegisterComponents();

    public override (Tensor words, Tensor scores) forward(Tensor state)
    {
        var word = zeros(state.shape[0], ScalarType.Int64, state.device);
        var (words, all) = (new List<Tensor>(), new List<Tensor>());
        var hidden = adapter.call(state, state);
        while (words.Count < 4)
        {
            hidden = cell.call(embedding.call(word), hidden);
            all.Add(scores.call(hidden));
            word = all[^1].argmax(1);
            words.Add(word);
        }

        return (stack(words, 1), stack(all, 1));
    }
}

/// <summary>Reads columns of a picture as a sequence.</summary>
public sealed class Crnn : Module<Tensor, Tensor>
{
    private readonly Sequential features = Sequential(Conv2d(1, 6, 3, padding: 1), ReLU(), MaxPool2d(new long[] { 2, 1 }));
    private readonly RNN rnn = RNN(6 * 4, 7, nonLinearity: NonLinearities.ReLU, bidirectional: true);
    private readonly Linear head = Linear(14, 5);

    public Crnn() : base("crnn") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var columns = features.call(x).permute(3, 0, 1, 2).flatten(2);
        rnn.flatten_parameters();
        return F.log_softmax(head.call(rnn.call(columns).Item1), 2);
    }
}

public sealed class CausalBlock : Module<Tensor, Tensor>
{
    private readonly LayerNorm first, second;
    private readonly Linear qkv, projection;
    private readonly Sequential feedForward;
    private readonly Tensor mask;
    private readonly long heads;

    public CausalBlock(long width, long heads, long length) : base("block")
    {
        this.heads = heads;
        first = LayerNorm(width);
        second = LayerNorm(width);
        qkv = Linear(width, 3 * width, hasBias: false);
        projection = Linear(width, width);
        feedForward = Sequential(("up", Linear(width, 4 * width)), ("gelu", GELU()), ("down", Linear(4 * width, width)), ("drop", Dropout(0.1)));
        mask = torch.ones(length, length).tril().view(1, 1, length, length);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = x + Attend(first.call(x));
        return x + feedForward.call(second.call(x));
    }

    private Tensor Attend(Tensor x)
    {
        long b = x.shape[0], t = x.shape[1], c = x.shape[2];
        var parts = qkv.call(x).split(c, 2).Select(part => part.view(b, t, heads, c / heads).transpose(1, 2)).ToArray();
        var scores = torch.matmul(parts[0], parts[1].transpose(2, 3)) * (1.0 / Math.Sqrt(c / heads));
        scores = scores.masked_fill(mask[.., .., ..(int)t, ..(int)t].eq(0), float.NegativeInfinity);
        var y = torch.matmul(F.softmax(scores, -1), parts[2]);
        return projection.call(y.transpose(1, 2).contiguous().view(b, t, c));
    }
}

public sealed class Selections : Module<Tensor, Tensor, (Tensor Picked, Tensor Best, Tensor Places, Tensor Sums)>
{
    public Selections() : base("selections") { }

    public override (Tensor Picked, Tensor Best, Tensor Places, Tensor Sums) forward(Tensor x, Tensor index)
    {
        var gram = einsum("bij,bkj->bik", x, x);
        var picked = gram.gather(1, index.unsqueeze(-1).expand(-1, -1, 5));
        var (best, _) = x.view(x.shape[0], -1).topk(4, 1);
        var masked = torch.where(x > 0.5, x, torch.zeros_like(x)).masked_fill(x.lt(0.1), -1);
        return (picked, best, masked.argmax(2), masked.cumsum(1));
    }
}
