using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Networks;

public sealed class LstmClassifier : Module<Tensor, Tensor>
{
    private readonly Embedding embedding;
    private readonly LSTM lstm;
    private readonly Linear head;

    public LstmClassifier(long words, long width) : base("lstm")
    {
        embedding = Embedding(words, width);
        lstm = LSTM(width, 2 * width, numLayers: 2, batchFirst: true, bidirectional: true);
        head = Linear(4 * width, 3);
        RegisterComponents();
    }

    public override Tensor forward(Tensor words)
    {
        var (steps, _, _) = lstm.call(embedding.call(words));
        return head.call(steps[.., ^1, ..]);
    }
}

public sealed class CellLoop : Module<Tensor, Tensor>
{
    private readonly LSTMCell cell;
    private readonly long hidden;

    public CellLoop(long input, long hidden) : base("cells")
    {
        this.hidden = hidden;
        cell = LSTMCell(input, hidden);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var (h, c) = (zeros(x.shape[0], hidden), zeros(x.shape[0], hidden));
        var steps = new List<Tensor>();
        for (int i = 0; i < x.shape[1]; i++)
        {
            (h, c) = cell.call(x.select(1, i), (h, c));
            steps.Add(h);
        }

        return stack(steps, 1);
    }
}

public sealed class GruTagger : Module<Tensor, (Tensor Tags, Tensor State)>
{
    private readonly GRU gru;
    private readonly Linear head;
    private readonly long hidden;

    public GruTagger(long input, long hidden) : base("tagger")
    {
        this.hidden = hidden;
        gru = GRU(input, hidden, batchFirst: true);
        head = Linear(hidden, 4);
        RegisterComponents();
    }

    public override (Tensor Tags, Tensor State) forward(Tensor x)
    {
        using var start = zeros(1, x.shape[0], hidden, device: x.device);
        var (steps, state) = gru.call(x, start);
        return (head.call(steps.reshape(-1, hidden)).view(x.shape[0], -1, 4).log_softmax(-1), state.squeeze(0));
    }
}

public sealed class SelfAttention : Module<Tensor, Tensor>
{
    private readonly Linear qkv, projection;
    private readonly long heads;

    public SelfAttention(long width, long heads) : base("attention")
    {
        this.heads = heads;
        qkv = Linear(width, 3 * width);
        projection = Linear(width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var (b, t, c) = (x.size(0), x.size(1), x.size(2));
        var parts = qkv.call(x).view(b, t, 3, heads, c / heads).permute(2, 0, 3, 1, 4);
        var (q, k, v) = (parts[0], parts[1], parts[2]);
        var scores = q.matmul(k.transpose(-2, -1)) / Math.Sqrt(c / heads);
        return projection.call(scores.softmax(-1).matmul(v).transpose(1, 2).contiguous().view(b, t, c));
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

public sealed class SmallGpt : Module<Tensor, Tensor>
{
    private readonly Embedding words, places;
    private readonly ModuleList<CausalBlock> blocks;
    private readonly LayerNorm norm;

    public SmallGpt(long vocabulary, long width, long length) : base("gpt")
    {
        words = Embedding(vocabulary, width);
        places = Embedding(length, width);
        blocks = ModuleList(new CausalBlock(width, 4, length), new CausalBlock(width, 2, length));
        norm = LayerNorm(width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens)
    {
        var positions = arange(0, tokens.shape[1], ScalarType.Int64);
        var x = words.call(tokens) + places.call(positions);
        foreach (var block in blocks)
            x = block.call(x);
        return F.linear(norm.call(x), words.weight!);
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
