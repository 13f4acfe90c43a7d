using AttributeType = MnistAdder.Onnx.AttributeProto.Types.AttributeType;

namespace MnistAdder.Onnx.Graphs;

/// <summary>What a BatchNormalization node in inference, of constant parameters, does to a channel: (x − mean) · factor + shift.</summary>
/// <param name="Factor">[channels]; scale ÷ √(variance + epsilon), which is no number where the variance is negative.</param>
/// <param name="Mean">[channels].</param>
/// <param name="Shift">[channels].</param>
internal sealed record BatchNormalization(double[] Factor, float[] Mean, float[] Shift)
{
    private const float DefaultEpsilon = 1e-5f;

    /// <summary>Channels.</summary>
    public int Channels => Factor.Length;

    /// <summary>Reads a node.</summary>
    /// <returns><see langword="null"/> for any other node, and for one with attributes that ONNX Runtime may refuse.</returns>
    public static BatchNormalization? From(ModelGraph graph, NodeProto node)
    {
        if (!ModelGraph.Is(node, "BatchNormalization") || node.Input.Count != 5 || !node.Attribute.All(IsKnown))
            return null;
        FloatTensor?[] parameters = [.. node.Input.Skip(1).Select(graph.Constant)];
        int channels = parameters[0]?.Values.Length ?? 0;
        if (!Array.TrueForAll(parameters, parameter => parameter?.IsVector(channels) == true))
            return null;
        float[] scale = parameters[0]!.Values, variance = parameters[3]!.Values;
        double epsilon = ModelGraph.Attribute(node, "epsilon")?.F ?? DefaultEpsilon;
        double[] factor = [.. scale.Zip(variance, (number, squared) => number / Math.Sqrt(squared + epsilon))];
        return new BatchNormalization(factor, parameters[2]!.Values, parameters[1]!.Values);
    }

    private static bool IsKnown(AttributeProto attribute) => (attribute.Name, attribute.Type) switch
    {
        ("epsilon" or "momentum", AttributeType.Float) => true,
        ("training_mode", AttributeType.Int) => attribute.I == 0,
        _ => false,
    };
}
