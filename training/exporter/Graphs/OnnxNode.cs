namespace MnistAdder.OnnxExport.Graphs;

/// <summary>One operator of a graph.</summary>
/// <param name="Name">The node's unique name, such as <c>/digit/conv1/Conv</c>.</param>
/// <param name="OpType">The operator, such as <c>Conv</c>.</param>
/// <param name="Domain">The operator's domain, empty for ONNX's own operators.</param>
/// <param name="Inputs">What the node reads; null stands for an optional input that isn't given.</param>
/// <param name="Outputs">What the node makes.</param>
/// <param name="Attributes">The node's fixed settings.</param>
internal sealed record OnnxNode(
    string Name,
    string OpType,
    string Domain,
    IReadOnlyList<OnnxValue?> Inputs,
    IReadOnlyList<OnnxValue> Outputs,
    IReadOnlyList<OnnxAttribute> Attributes);

/// <summary>A tensor with fixed contents: a weight, a running statistic, or a constant.</summary>
/// <param name="Value">The tensor's place in the graph.</param>
/// <param name="Tensor">Its shape and contents.</param>
internal sealed record OnnxInitializer(OnnxValue Value, OnnxTensor Tensor)
{
    /// <summary>The name in the model; a weight's is that of the state dictionary.</summary>
    public string Name => Value.Name;
}
