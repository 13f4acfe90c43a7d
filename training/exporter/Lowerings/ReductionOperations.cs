namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Operations over the elements along axes.</summary>
internal static class ReductionOperations
{
    [Lowering("softmax", "log_softmax")]
    private static OnnxValue Softmax(Operation operation)
    {
        OnnxValue value = operation.As(operation.Self, operation.OutputType);
        int axis = operation.Axis(null, "dim");
        return operation.Name == "softmax" ? operation.Graph.Softmax(value, axis) : operation.Graph.LogSoftmax(value, axis);
    }

    [Lowering("mean")]
    private static OnnxValue Mean(Operation operation)
    {
        OnnxValue value = operation.As(operation.Self, operation.OutputType);
        long[]? axes = operation.Integers("dimensions", "dim", "dims");
        OnnxAttribute keep = OnnxAttribute.Bool("keepdims", operation.Flag(false, "keepdim"));
        return operation.Graph.AddNode(
            "ReduceMean", [value], axes is null ? [keep] : [OnnxAttribute.Ints("axes", [.. axes.Select(axis => (long)operation.AxisOf(axis))]), keep], rank: operation.OutputShape.Count);
    }
}
