using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Networks;

/// <summary>Classifies a text by the last step of an LSTM over its words.</summary>
public sealed class TextClassifier : Module<Tensor, Tensor>
{
    private readonly Embedding words = Embedding(50, 8);
    private readonly LSTM lstm = LSTM(8, 12, numLayers: 2, batchFirst: true, dropout: 0.2);
    private readonly Dropout dropout = Dropout(0.3);
    private readonly Linear classes = Linear(12, 4);

    public TextClassifier() : base("text") => RegisterComponents();

    public override Tensor forward(Tensor tokens)
    {
        var (output, _, _) = lstm.call(words.call(tokens));
        var last = output[.., -1, ..];
        return F.log_softmax(classes.call(dropout.call(last)), 1);
    }
}

/// <summary>Classifies by the last states of both directions.</summary>
public sealed class BidirectionalClassifier : Module<Tensor, Tensor>
{
    private readonly GRU gru = GRU(5, 6, 2, batchFirst: true, bidirectional: true);
    private readonly Linear classes = Linear(12, 3);

    public BidirectionalClassifier() : base("bidirectional") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var (_, hidden) = gru.call(x);
        return classes.call(cat(new[] { hidden[-2], hidden[-1] }, dim: 1));
    }
}

/// <summary>Starts from states of zeros made for the batch.</summary>
public sealed class GruFromZeros : Module<Tensor, Tensor>
{
    private const long Hidden = 7;
    private readonly GRU gru = GRU(5, Hidden, batchFirst: true);
    private readonly GRUCell step = GRUCell(Hidden, Hidden);

    public GruFromZeros() : base("zeros") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h0 = zeros(1, x.shape[0], Hidden, x.dtype, x.device);
        var (output, _) = gru.call(x, h0);
        var hidden = zeros(x.shape[0], Hidden, device: x.device);
        hidden = step.call(output.select(1, 0), hidden);
        return hidden.MoveToOuterDisposeScope();
    }
}

/// <summary>Steps of an LSTM cell, collected in a list.</summary>
public sealed class CellLoop : Module<Tensor, (Tensor, Tensor)>
{
    private readonly LSTMCell cell = LSTMCell(5, 6);
    private readonly Linear head = Linear(6, 2);

    public CellLoop() : base("cells") => RegisterComponents();

    public override (Tensor, Tensor) forward(Tensor x)
    {
        var h = zeros(x.shape[0], 6);
        var c = zeros_like(h);
        var outputs = new List<Tensor>();
        for (int t = 0; t < x.shape[1]; t++)
        {
            (h, c) = cell.call(x[.., t], (h, c));
            outputs.Add(head.call(h));
        }

        return (stack(outputs, dim: 1), c);
    }
}

/// <summary>Attention written out with view and permute.</summary>
public sealed class SelfAttention : Module<Tensor, Tensor>
{
    private readonly long heads, size;
    private readonly Linear query, key, value, output;
    private readonly bool causal;

    public SelfAttention(long size, long heads, bool causal) : base("attention")
    {
        (this.size, this.heads, this.causal) = (size, heads, causal);
        (query, key, value, output) = (Linear(size, size), Linear(size, size, hasBias: false), Linear(size, size), Linear(size, size));
        RegisterComponents();
    }

    private Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], heads, size / heads).permute(0, 2, 1, 3);

    public override Tensor forward(Tensor x)
    {
        long batch = x.shape[0], steps = x.shape[1];
        using var q = Split(query.call(x));
        using var k = Split(key.call(x));
        var scores = q.matmul(k.transpose(-2, -1)) / Math.Sqrt(size / heads);
        if (causal)
            scores = scores.masked_fill(ones(steps, steps, dtype: ScalarType.Bool).triu(1), float.NegativeInfinity);
        var attended = F.softmax(scores, -1).matmul(Split(value.call(x)));
        return output.call(attended.permute(0, 2, 1, 3).contiguous().view(batch, steps, size));
    }
}

/// <summary>An encoder block with learned positions and a causal mask, before a normalisation.</summary>
public sealed class EncoderBlock : Module<Tensor, Tensor>
{
    private readonly Parameter positions = Parameter(randn(1, 20, 8) * 0.1);
    private readonly TransformerEncoderLayer layer = TransformerEncoderLayer(8, 2, 16, activation: Activations.GELU);
    private readonly LayerNorm norm = LayerNorm(8);

    public EncoderBlock() : base("block") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var steps = x.size(1);
        x = x + positions[.., ..(int)steps];
        var mask = full(new[] { steps, steps }, float.NegativeInfinity).triu(diagonal: 1);
        x = layer.call(x.transpose(0, 1), mask).transpose(0, 1);
        return norm.call(x);
    }
}

/// <summary>A small GPT: normalisation first, one projection for queries, keys and values, and the words' table as the last layer.</summary>
public sealed class SmallGpt : Module<Tensor, Tensor>
{
    private readonly Embedding tokens = Embedding(30, 16), positions = Embedding(20, 16);
    private readonly ModuleList<GptBlock> blocks = ModuleList(new GptBlock(16, 4), new GptBlock(16, 4));
    private readonly LayerNorm norm = LayerNorm(16);
    private readonly Linear head = Linear(16, 30, hasBias: false);

    public SmallGpt() : base("gpt")
    {
        RegisterComponents();
        head.weight = tokens.weight!;
    }

    public override Tensor forward(Tensor indices)
    {
        var x = tokens.call(indices) + positions.call(arange(indices.shape[1], ScalarType.Int64, indices.device));
        foreach (var block in blocks)
            x = block.call(x);
        return head.call(norm.call(x));
    }

    public sealed class GptBlock : Module<Tensor, Tensor>
    {
        private readonly LayerNorm before, between;
        private readonly Linear all, output;
        private readonly Sequential mlp;
        private readonly long heads;

        public GptBlock(long size, long heads) : base("block")
        {
            this.heads = heads;
            (before, between) = (LayerNorm(size), LayerNorm(size));
            (all, output) = (Linear(size, 3 * size), Linear(size, size));
            mlp = Sequential(Linear(size, 4 * size), GELU(), Linear(4 * size, size), Dropout(0.1));
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            x = x + Attend(before.call(x));
            return x + mlp.call(between.call(x));
        }

        private Tensor Attend(Tensor x)
        {
            var (b, t, c) = (x.shape[0], x.shape[1], x.shape[2]);
            var parts = all.call(x).split(c, dim: 2);
            var heads = parts.Select(part => part.view(b, t, this.heads, c / this.heads).transpose(1, 2)).ToArray();
            var y = F.scaled_dot_product_attention(heads[0], heads[1], heads[2], is_casual: true);
            return output.call(y.transpose(1, 2).contiguous().view(b, t, c));
        }
    }
}

/// <summary>Encodes one sequence, and decodes another from its last states with attention on its steps.</summary>
public sealed class SequenceToSequence : Module<Tensor, Tensor, Tensor>
{
    private readonly Embedding source = Embedding(20, 6), target = Embedding(25, 6);
    private readonly LSTM encoder = LSTM(6, 8, batchFirst: true), decoder = LSTM(6, 8, batchFirst: true);
    private readonly Linear words = Linear(16, 25);

    public SequenceToSequence() : base("seq2seq") => RegisterComponents();

    public override Tensor forward(Tensor src, Tensor tgt)
    {
        var (memory, h, c) = encoder.call(source.call(src));
        var (output, _, _) = decoder.call(target.call(tgt), (h, c));
        var weights = output.bmm(memory.transpose(1, 2)).softmax(-1);
        var context = weights.bmm(memory);
        return words.call(cat(new[] { output, context }, -1));
    }
}

/// <summary>An encoder and a decoder of TorchSharp's own, with sines for positions in a buffer.</summary>
public sealed class Translator : Module<Tensor, Tensor, Tensor>
{
    private readonly Embedding source = Embedding(20, 8), target = Embedding(25, 8);
    private readonly Transformer transformer = Transformer(8, 2, 1, 1, 16);
    private readonly Linear words = Linear(8, 25);
    private readonly Tensor table;

    public Translator() : base("translator")
    {
        var place = arange(30, ScalarType.Float32).unsqueeze(1);
        var frequency = (arange(0, 8, 2, ScalarType.Float32) * (-Math.Log(10000.0) / 8)).exp();
        table = stack(new[] { (place * frequency).sin(), (place * frequency).cos() }, -1).view(30, 8);
        register_buffer("positions", table);
        RegisterComponents();
    }

    private Tensor Embedded(Embedding embedding, Tensor tokens) =>
        (embedding.call(tokens) * Math.Sqrt(8) + get_buffer("positions")![..(int)tokens.shape[1]]).transpose(0, 1);

    public override Tensor forward(Tensor src, Tensor tgt)
    {
        var mask = full(new[] { tgt.shape[1], tgt.shape[1] }, float.NegativeInfinity).triu(1);
        var padding = src.eq(0);
        var output = transformer.call(Embedded(source, src), Embedded(target, tgt), null!, mask, null, padding, null, padding);
        return words.call(output.transpose(0, 1));
    }
}

/// <summary>Attention of heads after a recurrent encoder, with the mean of the steps.</summary>
public sealed class AttentivePooling : Module<Tensor, Tensor>
{
    private readonly GRU encoder = GRU(5, 4, bidirectional: true, batchFirst: true);
    private readonly MultiheadAttention attention = MultiheadAttention(8, 2);
    private readonly Linear head = Linear(8, 3);

    public AttentivePooling() : base("pooling") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var (states, _) = encoder.call(x);
        var steps = states.permute(1, 0, 2);
        var (attended, weights) = attention.call(steps, steps, steps);
        return head.call((attended + steps).mean(new long[] { 0 })) * weights.sum(new long[] { 1, 2 }).unsqueeze(1);
    }
}

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
