namespace MnistAdder.OnnxExport.Graphs;

/// <summary>A tensor with fixed contents: a weight, a running statistic, or a constant.</summary>
/// <param name="Value">The tensor's place in the graph.</param>
/// <param name="Tensor">Its shape and contents.</param>
internal sealed record OnnxInitializer(OnnxValue Value, OnnxTensor Tensor)
{
    /// <summary>The name in the model; a weight's is that of the state dictionary.</summary>
    public string Name => Value.Name;
}
