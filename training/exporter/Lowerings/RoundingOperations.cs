namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Whole numbers near others, and signs.</summary>
internal static class RoundingOperations
{
    [Lowering("floor", "ceil", "trunc", "fix", "round", "frac")]
    private static OnnxValue Round(Operation operation)
    {
        OnnxValue value = operation.Self;
        if (!ArithmeticOperations.IsFloat(operation.OutputType))
            return value; // whole numbers
        OnnxGraph graph = operation.Graph;
        return operation.Name switch
        {
            "floor" => graph.Elementwise("Floor", value),
            "ceil" => graph.Elementwise("Ceil", value),
            "frac" => graph.Sub(value, Truncated(graph, value)),
            "round" => Round(graph, value, operation.Integer(0, "decimals")),
            _ => Truncated(graph, value),
        };
    }

    [Lowering("sign", "sgn")]
    private static OnnxValue Sign(Operation operation)
    {
        OnnxValue value = operation.Self;
        if (operation.OutputType == OnnxElementType.Bool)
            return value;
        OnnxValue sign = operation.Graph.Elementwise("Sign", value);
        return ArithmeticOperations.IsFloat(operation.OutputType) ? operation.Graph.Where(operation.Graph.IsNaN(value), 0, sign) : sign;
    }

    [Lowering("abs", "absolute", "neg", "negative")]
    private static OnnxValue Abs(Operation operation)
    {
        if (operation.Name is "abs" or "absolute")
            return operation.OutputType == OnnxElementType.Bool ? operation.Self : operation.Graph.Elementwise("Abs", operation.Self);
        return operation.OutputType == OnnxElementType.UInt8
            ? operation.Graph.Sub(operation.Constant(OnnxElementType.UInt8, 0), operation.Self)
            : operation.Graph.Elementwise("Neg", operation.Self);
    }

    /// <summary>Rounds to zero.</summary>
    public static OnnxValue Truncated(OnnxGraph graph, OnnxValue value) =>
        graph.Mul(graph.Elementwise("Floor", graph.Elementwise("Abs", value)), graph.Elementwise("Sign", value));

    private static OnnxValue Round(OnnxGraph graph, OnnxValue value, long decimals)
    {
        if (decimals == 0)
            return graph.Elementwise("Round", value);
        double power = Math.Pow(10, Math.Abs(decimals));
        return decimals > 0
            ? graph.Div(graph.Elementwise("Round", graph.Mul(value, power)), power)
            : graph.Mul(graph.Elementwise("Round", graph.Div(value, power)), power);
    }
}
