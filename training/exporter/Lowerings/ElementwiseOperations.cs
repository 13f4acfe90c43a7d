namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Functions of single elements.</summary>
internal static class ElementwiseOperations
{
    [Lowering("relu")]
    private static OnnxValue Relu(Operation operation) => operation.Graph.Relu(operation.Self);

    [Lowering("sigmoid", "tanh", "exp", "log", "sqrt", "abs", "neg", "floor", "ceil", "reciprocal", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "erf", "sign")]
    private static OnnxValue Function(Operation operation)
    {
        string name = operation.Name;
        return operation.Graph.Elementwise(char.ToUpperInvariant(name[0]) + name[1..], operation.As(operation.Self, operation.OutputType));
    }
}
