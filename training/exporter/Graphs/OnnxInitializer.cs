namespace MnistAdder.OnnxExport;

/// <summary>A tensor with fixed contents: a weight, a running statistic, or a constant.</summary>
/// <param name="Value">The tensor's place in the graph.</param>
/// <param name="Tensor">Its shape and contents.</param>
/// <param name="IsConstant">Whether an operator needs it as a setting (a shape, a factor); false for the module's own state.</param>
public sealed record OnnxInitializer(OnnxValue Value, OnnxTensor Tensor, bool IsConstant)
{
    /// <summary>The name in the model; a weight's is that of the state dictionary.</summary>
    public string Name => Value.Name;
}
