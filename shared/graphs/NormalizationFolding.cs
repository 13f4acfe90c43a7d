namespace MnistAdder.Onnx.Graphs;

/// <summary>
/// Conv or Gemm → BatchNormalization with constant parameters becomes the Conv or Gemm alone, and Conv → MaxPool → BatchNormalization
/// the Conv and the MaxPool. ONNX Runtime does the first for Conv, after the passes here; done before, they see the bias.
/// </summary>
/// <remarks>
/// The greatest of a window stays the greatest where the normalisation multiplies by nothing negative.
/// Where no answer is to change, only if the input is bounded: what overflows between the two nodes may not between the weights and their input.
/// </remarks>
internal static class NormalizationFolding
{
    /// <summary>Folds wherever no answer changes.</summary>
    /// <returns>Whether it could anywhere.</returns>
    public static bool Apply(ModelGraph graph) => Apply(graph, keepsAnswers: true);

    /// <summary>Folds wherever it can.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="keepsAnswers">Whether answers to inputs of any size are to stay what they are.</param>
    /// <returns>Whether it could anywhere.</returns>
    public static bool Apply(ModelGraph graph, bool keepsAnswers)
    {
        // Merging keeps what the values that are left hold.
        var bounds = ValueBounds.Of(graph);
        bool changed = false;
        foreach (NodeProto node in graph.Nodes)
        {
            if (BatchNormalization.From(graph, node) is { } normalization)
                changed |= TryFold(graph, keepsAnswers ? bounds : null, node, normalization);
        }

        return changed;
    }

    private static bool TryFold(ModelGraph graph, ValueBounds? bounds, NodeProto node, BatchNormalization normalization)
    {
        if (graph.Producer(node.Input[0]) is not { } before || !graph.IsOnlyReadBy(before.Output[0], node))
            return false;
        NodeProto? producer = IsPassableBy(normalization, before) ? graph.Producer(before.Input[0]) : before;
        if (producer is null || (producer != before && !graph.IsOnlyReadBy(producer.Output[0], before)))
            return false;
        if (LinearLayer.From(graph, producer) is not { } layer || layer.Outputs != normalization.Channels)
            return false;
        if (bounds is not null && !KeepsAnswers(bounds))
            return false;

        if (!layer.TryScale(graph, output => normalization.Factor[output], output => ((layer.Bias[output] - (double)normalization.Mean[output]) * normalization.Factor[output]) + normalization.Shift[output]))
            return false;
        graph.Merge(node, before);
        return true;

        bool KeepsAnswers(ValueBounds known) =>
            known.Of(producer.Input[0]) is { } input && known.Of(node.Output[0]) is not null && !LinearLayer.IsFollowedByConstants(graph, node.Output[0])
            && Enumerable.Range(0, layer.Outputs).All(output => IsMeanOfSuch(output, layer.Reach(output, input)));

        // A mean beyond what the output can reach, and large even beside the shift, takes all digits from what it is subtracted from,
        // and leaves them where it is taken off the shift first.
        bool IsMeanOfSuch(int output, double reach) =>
            Math.Abs(normalization.Mean[output] * normalization.Factor[output]) <= Math.Max(reach * Math.Abs(normalization.Factor[output]), Math.Abs(normalization.Shift[output]));
    }

    private static bool IsPassableBy(BatchNormalization normalization, NodeProto node) =>
        ModelGraph.Is(node, "MaxPool") && ValueBounds.EveryWindowMeetsTheInput(node) && Array.TrueForAll(normalization.Factor, factor => factor >= 0);
}
