using MnistAdder.OnnxExport.Protobuf;

namespace MnistAdder.Serving.Inference.Graphs;

/// <summary>
/// Conv or Gemm → BatchNormalization with constant parameters becomes the Conv or Gemm alone. ONNX Runtime does so for Conv, after the
/// passes here; done before, they see the bias.
/// </summary>
internal static class NormalizationFolding
{
    private const float DefaultEpsilon = 1e-5f;

    /// <summary>Folds wherever it can.</summary>
    /// <returns>Whether it could anywhere.</returns>
    public static bool Apply(ModelGraph graph)
    {
        bool changed = false;
        foreach (NodeProto node in graph.Nodes)
        {
            if (ModelGraph.Is(node, "BatchNormalization") && node.Input.Count == 5 && (ModelGraph.Attribute(node, "training_mode")?.I ?? 0) == 0)
                changed |= TryFold(graph, node);
        }

        return changed;
    }

    private static bool TryFold(ModelGraph graph, NodeProto normalization)
    {
        if (graph.Producer(normalization.Input[0]) is not { } producer || !graph.IsOnlyReadBy(producer.Output[0], normalization))
            return false;
        if (LinearLayer.From(graph, producer) is not { } layer)
            return false;
        FloatTensor?[] parameters = [.. normalization.Input.Skip(1).Select(graph.Constant)];
        if (!Array.TrueForAll(parameters, parameter => parameter?.IsVector(layer.Outputs) == true))
            return false;

        float[] scale = parameters[0]!.Values, shift = parameters[1]!.Values, mean = parameters[2]!.Values, variance = parameters[3]!.Values;
        double epsilon = ModelGraph.Attribute(normalization, "epsilon")?.F ?? DefaultEpsilon;
        if (!layer.TryScale(graph, Factor, output => ((layer.Bias[output] - (double)mean[output]) * Factor(output)) + shift[output]))
            return false;
        graph.Merge(normalization, producer);
        return true;

        double Factor(int output) => scale[output] / Math.Sqrt(variance[output] + epsilon);
    }
}
