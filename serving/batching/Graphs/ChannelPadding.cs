using MnistAdder.Onnx;
using MnistAdder.Onnx.Graphs;

namespace MnistAdder.OnnxBatching.Graphs;

/// <summary>
/// A Conv that is just short of a multiple of 16 output channels gets channels of zeros up to it, and what reads them weights of zero.
/// </summary>
/// <remarks>
/// ONNX Runtime's convolutions and poolings work on blocks of 8 or 16 channels and put the others' data in order before and after. The
/// arithmetic that is added must be little: 10 channels of a small network are slower as 16. What the added channels hold must be finite,
/// for weights of zero to take it away, and other kernels do their sums in another order: hence only where every value is bounded.
/// </remarks>
internal static class ChannelPadding
{
    private const int Block = 16;

    // One channel in 15 at most is added.
    private const int LeastPerAdded = 15;

    // Element by element or channel by channel; other inputs, as Clip's, are scalars.
    private static readonly string[] s_channelwise = ["Relu", "LeakyRelu", "Clip", "Sigmoid", "Tanh", "MaxPool", "AveragePool"];

    /// <summary>Pads wherever it can.</summary>
    /// <returns>Whether it could anywhere.</returns>
    public static bool Apply(ModelGraph graph)
    {
        // Padding keeps what the values hold, and adds zeros, or what becomes of them, of no greater bound.
        var bounds = ValueBounds.Of(graph);
        bool changed = false;
        foreach (NodeProto node in graph.Nodes)
        {
            if (From(graph, node) is not { } layer)
                continue;
            int padded = (layer.Outputs + Block - 1) / Block * Block;
            if (padded > layer.Outputs && (padded - layer.Outputs) * LeastPerAdded <= layer.Outputs)
                changed |= TryPad(graph, bounds, layer, padded);
        }

        return changed;
    }

    // A two-dimensional convolution of one group.
    private static LinearLayer? From(ModelGraph graph, NodeProto node) =>
        ModelGraph.Is(node, "Conv") && (ModelGraph.Attribute(node, "group")?.I ?? 1) == 1 && LinearLayer.From(graph, node) is { Weight.Shape.Length: 4 } layer ? layer : null;

    private static bool TryPad(ModelGraph graph, ValueBounds bounds, LinearLayer layer, int padded)
    {
        if (bounds.Of(layer.Node.Input[0]) is null)
            return false;
        // Every value that has the channels, and every Conv that they end in.
        var values = new List<string> { layer.Node.Output[0] };
        var readers = new List<LinearLayer>();
        for (int i = 0; i < values.Count; i++)
        {
            if (bounds.Of(values[i]) is null || graph.OnlyConsumers(values[i]) is not { Count: > 0 } consumers)
                return false;
            foreach (NodeProto consumer in consumers)
            {
                if (consumer.Input[0] != values[i] || consumer.Input.Count(input => input == values[i]) != 1)
                    return false;
                if (ModelGraph.Is(consumer, s_channelwise))
                    values.Add(consumer.Output[0]);
                else if (From(graph, consumer) is { } reader && reader.Weight.Shape[1] == layer.Outputs && CanWiden(graph, bounds, reader))
                    readers.Add(reader);
                else
                    return false;
            }
        }

        values.ForEach(graph.ChangeShape);
        FloatTensor weight = layer.Weight;
        layer.SetWeight(graph, new FloatTensor([padded, .. weight.Shape[1..]], Padded(weight.Values, padded * layer.WeightsPerOutput)));
        layer.SetBias(graph, new FloatTensor([padded], Padded(layer.Bias, padded)));
        foreach (LinearLayer reader in readers)
            PadInputs(graph, reader, layer.Outputs, padded);
        return true;
    }

    private static bool CanWiden(ModelGraph graph, ValueBounds bounds, LinearLayer reader) =>
        bounds.Of(reader.Node.Output[0]) is not null && !LinearLayer.IsFollowedByConstants(graph, reader.Node.Output[0]);

    private static void PadInputs(ModelGraph graph, LinearLayer reader, int inputs, int padded)
    {
        int kernel = reader.WeightsPerOutput / inputs;
        float[] weights = new float[reader.Outputs * padded * kernel];
        for (int output = 0; output < reader.Outputs; output++)
        {
            reader.Weight.Values.AsSpan(output * reader.WeightsPerOutput, reader.WeightsPerOutput)
                .CopyTo(weights.AsSpan(output * padded * kernel));
        }

        reader.SetWeight(graph, new FloatTensor([reader.Outputs, padded, .. reader.Weight.Shape[2..]], weights));
    }

    private static float[] Padded(float[] values, int length)
    {
        float[] padded = new float[length];
        values.CopyTo(padded, 0);
        return padded;
    }
}
