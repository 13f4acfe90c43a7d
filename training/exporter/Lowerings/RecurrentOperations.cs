using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Recurrent networks over whole sequences.</summary>
internal static class RecurrentOperations
{
    // TorchSharp's gates are input, forget, cell, output; ONNX's are input, output, forget, cell.
    [ModuleLowering(typeof(LSTM))]
    private static OnnxValue[] Lstm(Operation operation) => Layers(operation, "LSTM", [0, 3, 1, 2], operation.Inputs("h0_c0"), states: 2);

    // TorchSharp's gates are reset, update, new; ONNX's are update, reset, new. TorchSharp resets what the product with the state gave.
    [ModuleLowering(typeof(GRU))]
    private static OnnxValue[] Gru(Operation operation) =>
        Layers(operation, "GRU", [1, 0, 2], operation.Inputs("h0"), states: 1, OnnxAttribute.Bool("linear_before_reset", true));

    [ModuleLowering(typeof(RNN))]
    private static OnnxValue[] Rnn(Operation operation)
    {
        var module = (RNN)operation.Module!;
        string activation = IsTanh(module, "_l0", input => module.call(input).Item2) ? "Tanh" : "Relu";
        string[] activations = [.. Enumerable.Repeat(activation, DirectionsOf(module))];
        return Layers(operation, "RNN", [0], operation.Inputs("h0"), states: 1, OnnxAttribute.Strings("activations", activations));
    }

    /// <summary>Whether a simple recurrent module computes tanh rather than relu, which TorchSharp doesn't tell.</summary>
    /// <param name="module">The module.</param>
    /// <param name="suffix">The end of its first layer's parameters' names.</param>
    /// <param name="run">Runs it on a sequence of one step, a batch of one.</param>
    public static bool IsTanh(nn.Module module, string suffix, Func<Tensor, Tensor> run)
    {
        using var borrowed = new BorrowedState(module);
        Tensor weight = borrowed[$"weight_ih{suffix}"];
        weight.fill_(-1);
        long[] shape = suffix.Length > 0 ? [1, 1, weight.shape[1]] : [1, weight.shape[1]];
        return run(torch.ones(shape, weight.dtype, weight.device)).min().ToDouble() < 0;
    }

    private static OnnxValue[] Layers(Operation operation, string opType, int[] gates, OnnxValue[] initial, int states, params OnnxAttribute[] attributes)
    {
        operation.RequireFloat();
        if (operation.Rank != 3)
            throw operation.NotSupported($"{opType} is given a sequence without a batch", "Give it a batch of one, as unsqueeze does");
        OnnxGraph graph = operation.Graph;
        var weights = new Weights(operation, gates);
        bool isBatchFirst = IsBatchFirst(operation.Module!, weights.InputSize);
        OnnxValue value = isBatchFirst ? graph.Transpose(operation.Self, 1, 0, 2) : operation.Self; // [S,N,F]; ONNX Runtime has no other layout
        OnnxAttribute[] all =
        [
            OnnxAttribute.Int("hidden_size", weights.HiddenSize), OnnxAttribute.String("direction", weights.Directions == 2 ? "bidirectional" : "forward"), .. attributes,
        ];
        var last = new List<OnnxValue>[states];
        for (int i = 0; i < states; i++)
            last[i] = [];
        for (int layer = 0; layer < weights.Layers; layer++)
        {
            OnnxValue[] first = [.. initial.Select(state => OfLayer(graph, state, layer, weights))];
            IReadOnlyList<OnnxValue> outputs = graph.AddNodeMany(
                opType,
                [value, weights.Of("weight_ih", layer), weights.Of("weight_hh", layer), weights.Biases(layer), null, .. first],
                all,
                [(value.ElementType, 4), .. Enumerable.Repeat((value.ElementType, (int?)3), states)]);
            value = weights.Directions == 1
                ? graph.Squeeze(outputs[0], 1)
                : graph.Reshape(graph.Transpose(outputs[0], 0, 2, 1, 3), 0, 0, 2 * weights.HiddenSize); // [S,D,N,H] to [S,N,D·H]
            for (int i = 0; i < states; i++)
                last[i].Add(outputs[i + 1]);
        }

        return [isBatchFirst ? graph.Transpose(value, 1, 0, 2) : value, .. last.Select(ofLayers => ofLayers.Count == 1 ? ofLayers[0] : graph.Concat(0, [.. ofLayers]))];
    }

    // States are [layers · directions, N, H].
    private static OnnxValue OfLayer(OnnxGraph graph, OnnxValue state, int layer, Weights weights)
    {
        if (weights.Layers == 1)
            return state;
        int directions = weights.Directions;
        return graph.AddNode(
            "Slice", [state, graph.Int64s("starts", [layer * directions]), graph.Int64s("ends", [(layer + 1) * directions]), graph.Int64s("axes", [0])], rank: 3);
    }

    // TorchSharp doesn't tell; the state of a batch of two, with three steps, shows it.
    private static bool IsBatchFirst(nn.Module module, long inputSize)
    {
        using var borrowed = new BorrowedState(module);
        Tensor weight = borrowed["weight_ih_l0"];
        Tensor input = zeros([2, 3, inputSize], weight.dtype, weight.device);
        Tensor state = module switch
        {
            LSTM lstm => lstm.call(input).Item2,
            GRU gru => gru.call(input).Item2,
            _ => ((RNN)module).call(input).Item2,
        };
        return state.shape[1] == 2;
    }

    private static int DirectionsOf(nn.Module module) => module.state_dict().ContainsKey("weight_ih_l0_reverse") ? 2 : 1;

    // The parameters of all layers as ONNX takes them: directions along a new first dimension, the gates of each in ONNX's order.
    private sealed class Weights(Operation operation, int[] gates)
    {
        private readonly Dictionary<string, Tensor> _state = operation.Module!.state_dict();

        public int Directions { get; } = DirectionsOf(operation.Module!);

        public int Layers => _state.Keys.Count(name => name.StartsWith("weight_ih_l", StringComparison.Ordinal)) / Directions;

        public long InputSize => _state["weight_ih_l0"].shape[1];

        public long HiddenSize => _state["weight_hh_l0"].shape[1];

        public OnnxValue Of(string parameter, int layer) => Stacked($"{parameter}_l{layer}", end => InOrder($"{parameter}_l{layer}{end}"));

        public OnnxValue? Biases(int layer) => _state.ContainsKey($"bias_ih_l{layer}")
            ? Stacked($"bias_l{layer}", end => torch.cat([InOrder($"bias_ih_l{layer}{end}"), InOrder($"bias_hh_l{layer}{end}")]))
            : null;

        private OnnxValue Stacked(string name, Func<string, Tensor> ofDirection)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGradients = no_grad();
            string[] ends = Directions == 2 ? ["", "_reverse"] : [""];
            return operation.Graph.Rearranged(name, torch.stack(ends.Select(ofDirection)));
        }

        private Tensor InOrder(string name)
        {
            Tensor[] parts = _state[name].chunk(gates.Length);
            return torch.cat([.. gates.Select(gate => parts[gate])]);
        }
    }
}
