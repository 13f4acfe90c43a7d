using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class RecurrentOperationTests
{
    // The batch and the length of the sequences are both dynamic, whichever comes first.
    private static readonly OnnxTraceOptions s_batchFirst = new() { DynamicDimensions = [new("x", 0, "batch"), new("x", 1, "steps")] };
    private static readonly OnnxTraceOptions s_stepsFirst = new() { DynamicDimensions = [new("x", 0, "steps"), new("x", 1, "batch")] };

    private static readonly Dictionary<string, (Func<nn.Module> Make, OnnxTraceOptions Options)> s_sequences = new()
    {
        ["LSTM"] = (() => new Sequences(LSTM(4, 5)), s_stepsFirst),
        ["LSTM, batch first"] = (() => new Sequences(LSTM(4, 5, batchFirst: true)), s_batchFirst),
        ["LSTM of layers in both directions"] = (() => new Sequences(LSTM(4, 5, 3, batchFirst: true, dropout: 0.5, bidirectional: true)), s_batchFirst),
        ["LSTM without a bias"] = (() => new Sequences(LSTM(4, 5, 2, bias: false)), s_stepsFirst),
        ["GRU"] = (() => new Sequences(GRU(4, 5)), s_stepsFirst),
        ["GRU, batch first"] = (() => new Sequences(GRU(4, 5, batchFirst: true)), s_batchFirst),
        ["GRU of layers in both directions"] = (() => new Sequences(GRU(4, 5, 2, bidirectional: true)), s_stepsFirst),
        ["GRU without a bias"] = (() => new Sequences(GRU(4, 5, bias: false, bidirectional: true)), s_stepsFirst),
        ["RNN"] = (() => new Sequences(RNN(4, 5)), s_stepsFirst),
        ["RNN of relu"] = (() => new Sequences(RNN(4, 5, 2, NonLinearities.ReLU, batchFirst: true, bidirectional: true)), s_batchFirst),
        ["RNN without a bias"] = (() => new Sequences(RNN(4, 5, 2, bias: false)), s_stepsFirst),
    };

    public static TheoryData<string> SequenceNames => [.. s_sequences.Keys];

    [Theory]
    [MemberData(nameof(SequenceNames))]
    public void Sequences_of_any_length_give_the_same(string name)
    {
        using nn.Module module = s_sequences[name].Make();
        TraceAssert.Right(module, [randn(3, 3, 4)], s_sequences[name].Options, 1e-5);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void States_may_be_given(long layers, bool bidirectional)
    {
        long states = bidirectional ? 2 * layers : layers;
        using var lstm = LSTM(4, 5, layers, bidirectional: bidirectional);
        using var gru = GRU(4, 5, layers, bidirectional: bidirectional);
        using var rnn = RNN(4, 5, layers, bidirectional: bidirectional);
        OnnxDynamicDimension[] dimensions = [new("input", 0, "steps"), new("input", 1, "batch")];
        TraceAssert.Right(
            lstm, [randn(6, 2, 4), (randn(states, 2, 5), randn(states, 2, 5))],
            new OnnxTraceOptions { DynamicDimensions = [.. dimensions, new("h0_c0_0", 1, "batch"), new("h0_c0_1", 1, "batch")] }, 1e-5);
        foreach (nn.Module module in new nn.Module[] { gru, rnn })
            TraceAssert.Right(module, [randn(6, 2, 4), randn(states, 2, 5)], new OnnxTraceOptions { DynamicDimensions = [.. dimensions, new("h0", 1, "batch")] }, 1e-5);
    }

    [Theory]
    [InlineData(true, ScalarType.Float32)]
    [InlineData(false, ScalarType.Float64)]
    public void Single_steps_give_the_same(bool bias, ScalarType type)
    {
        using var lstm = LSTMCell(4, 5, bias, dtype: type);
        using var gru = GRUCell(4, 5, bias, dtype: type);
        using var tanh = RNNCell(4, 5, bias: bias, dtype: type);
        using var relu = RNNCell(4, 5, NonLinearities.ReLU, bias, dtype: type);
        Tensor input = randn(2, 4, type), state = randn(2, 5, type);
        TraceAssert.Right(lstm, [input, (state, state * 2)], new OnnxTraceOptions(), 1e-5);
        foreach (nn.Module module in new nn.Module[] { gru, tanh, relu })
            TraceAssert.Right(module, input, state);
        foreach (nn.Module module in new nn.Module[] { gru, tanh, relu })
            TraceAssert.Right(module, [input, null], new OnnxTraceOptions(), 1e-5);
    }

    [Fact]
    public void Parameters_that_showed_what_TorchSharp_does_not_tell_are_left_as_they_were()
    {
        using var rnn = RNN(4, 5, 2, NonLinearities.ReLU);
        Dictionary<string, Tensor> before = rnn.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        rnn.train();
        TraceAssert.Right(new Sequences(rnn), [randn(3, 2, 4)], s_stepsFirst, 1e-5);
        Assert.All(rnn.state_dict(), entry => Assert.True(entry.Value.Equals(before[entry.Key])));
    }

    [Fact]
    public void Weights_are_named_as_in_the_state_dictionary_and_there_once()
    {
        using var module = new Twice();
        TraceAssert.Right(module, randn(2, 3, 4));
        OnnxGraph graph = OnnxExporter.Begin("twice");
        graph.Output("y", graph.Apply(module, graph.Input("x", OnnxElementType.Float, 2, 3, 4)));
        IEnumerable<string> names = graph.Initializers.Select(initializer => initializer.Name).Where(name => name.StartsWith("lstm", StringComparison.Ordinal));
        Assert.Equal(["lstm.bias_l0", "lstm.weight_hh_l0", "lstm.weight_ih_l0"], names.Order());
    }

    [Fact]
    public void What_ONNX_Runtime_lacks_is_refused()
    {
        Refused(new Sequences(LSTM(4, 5, dtype: ScalarType.Float64)), randn([3, 2, 4], ScalarType.Float64), "Convert its input to Float32");
        Refused(new Sequences(GRU(4, 5, dtype: ScalarType.Float64)), randn([3, 2, 4], ScalarType.Float64), "Convert its input to Float32");
        Refused(new Packed(), randn(3, 2, 4), "pack");
    }

    private static void Refused(nn.Module module, Tensor input, string says)
    {
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, [input]));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    // All that a recurrent module of any kind gives.
    private sealed class Sequences : Module<Tensor, Tensor[]>
    {
        private readonly nn.Module recurrent;

        public Sequences(nn.Module recurrent) : base("sequences")
        {
            this.recurrent = recurrent;
            RegisterComponents();
        }

        public override Tensor[] forward(Tensor x)
        {
            if (recurrent is LSTM lstm)
            {
                (Tensor all, Tensor hidden, Tensor cell) = lstm.call(x);
                return [all, hidden, cell];
            }

            (Tensor output, Tensor last) = recurrent is GRU gru ? gru.call(x) : ((RNN)recurrent).call(x);
            return [output, last];
        }
    }

    private sealed class Twice : Module<Tensor, Tensor>
    {
        private readonly LSTM lstm = LSTM(4, 4, batchFirst: true);

        public Twice() : base("twice") => RegisterComponents();

        public override Tensor forward(Tensor x)
        {
            (Tensor y, Tensor h, Tensor c) = lstm.call(x);
            return lstm.call(y, (h, c)).Item1;
        }
    }

    private sealed class Packed : Module<Tensor, Tensor>
    {
        private readonly LSTM lstm = LSTM(4, 4);

        public Packed() : base("packed") => RegisterComponents();

        public override Tensor forward(Tensor x)
        {
            using var packed = nn.utils.rnn.pack_padded_sequence(x, tensor(new long[] { 3, 2 }));
            return lstm.call(packed).Item2;
        }
    }
}
