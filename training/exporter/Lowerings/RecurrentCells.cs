using TorchSharp.Modules;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Single steps of recurrent networks, in the operators of their definitions.</summary>
/// <remarks>A program calls them once for each step, and so all calls share the weights as the state dictionary has them.</remarks>
internal static class RecurrentCells
{
    [ModuleLowering(typeof(LSTMCell))]
    private static OnnxValue[] Lstm(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue[] states = operation.Inputs("h0_c0");
        OnnxValue sums = Sum(graph, Product(operation, operation.Self, "ih"), Product(operation, states.Length > 0 ? states[0] : null, "hh"));
        IReadOnlyList<OnnxValue> gates = Gates(operation, sums, 4);
        OnnxValue cell = graph.Mul(graph.Sigmoid(gates[0]), graph.Tanh(gates[2]));
        if (states.Length > 0)
            cell = graph.Add(graph.Mul(graph.Sigmoid(gates[1]), states[1]), cell);
        return [graph.Mul(graph.Sigmoid(gates[3]), graph.Tanh(cell)), cell];
    }

    [ModuleLowering(typeof(GRUCell))]
    private static OnnxValue Gru(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue? state = operation.InputOrNull("h0");
        IReadOnlyList<OnnxValue> ofInput = Gates(operation, Product(operation, operation.Self, "ih")!, 3);
        IReadOnlyList<OnnxValue>? ofState = Product(operation, state, "hh") is { } product ? Gates(operation, product, 3) : null;
        OnnxValue reset = graph.Sigmoid(Sum(graph, ofInput[0], ofState?[0])), update = graph.Sigmoid(Sum(graph, ofInput[1], ofState?[1]));
        OnnxValue renewed = graph.Tanh(Sum(graph, ofInput[2], ofState is null ? null : graph.Mul(reset, ofState[2])));
        return graph.Add(graph.Mul(graph.Sub(state ?? graph.ScalarLike(renewed, 0), renewed), update), renewed);
    }

    [ModuleLowering(typeof(RNNCell))]
    private static OnnxValue Rnn(Operation operation)
    {
        var module = (RNNCell)operation.Module!;
        OnnxValue sum = Sum(operation.Graph, Product(operation, operation.Self, "ih"), Product(operation, operation.InputOrNull("h0"), "hh"));
        return RecurrentOperations.IsTanh(module, "", input => module.call(input, null!)) ? operation.Graph.Tanh(sum) : operation.Graph.Relu(sum);
    }

    // What weights and a bias give; the bias alone where there is no state, and so nothing without one.
    private static OnnxValue? Product(Operation operation, OnnxValue? value, string end)
    {
        OnnxValue? bias = operation.State($"bias_{end}");
        if (value is null)
            return bias;
        if (operation.Rank != 2)
            throw operation.NotSupported($"{operation.Module!.GetType().Name} is given a sample without a batch", "Give it a batch of one, as unsqueeze does");
        return operation.Graph.AddNode("Gemm", [value, operation.State($"weight_{end}"), bias], [OnnxAttribute.Bool("transB", true)], rank: 2);
    }

    private static OnnxValue Sum(OnnxGraph graph, OnnxValue? one, OnnxValue? other) => one is null ? other! : other is null ? one : graph.Add(one, other);

    private static IReadOnlyList<OnnxValue> Gates(Operation operation, OnnxValue all, int count)
    {
        long[] sizes = [.. Enumerable.Repeat(operation.Module!.state_dict()["weight_hh"].shape[1], count)];
        return operation.Graph.AddNodeMany(
            "Split", [all, operation.Graph.Int64s("sizes", sizes)], [OnnxAttribute.Int("axis", -1)], [.. Enumerable.Repeat((all.ElementType, all.Rank), count)]);
    }
}
