namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Quotients and what they leave over.</summary>
internal static class DivisionOperations
{
    [Lowering("div", "divide", "true_divide", "floor_divide")]
    private static OnnxValue Div(Operation operation)
    {
        (OnnxValue left, OnnxValue right) = ArithmeticOperations.Sides(operation, operation.OutputType);
        string rounding = operation.Name == "floor_divide" ? "floor" : operation.Argument("rounding_mode")?.ToString() ?? "None";
        if (rounding == "floor")
            return ArithmeticOperations.IsInteger(operation.OutputType) ? WholeFloor(operation.Graph, left, right) : Floor(operation.Graph, left, right);
        OnnxValue quotient = operation.Graph.Div(left, right);
        return rounding == "trunc" && !ArithmeticOperations.IsInteger(operation.OutputType) ? RoundingOperations.Truncated(operation.Graph, quotient) : quotient;
    }

    [Lowering("remainder")]
    private static OnnxValue Remainder(Operation operation)
    {
        (OnnxValue left, OnnxValue right) = ArithmeticOperations.Sides(operation, operation.OutputType);
        OnnxGraph graph = operation.Graph;
        if (ArithmeticOperations.IsInteger(operation.OutputType))
            return graph.Binary("Mod", left, right);
        OnnxValue rest = Rest(graph, left, right);
        return graph.Where(HasOtherSign(graph, rest, right), graph.Add(rest, right), rest);
    }

    [Lowering("fmod")]
    private static OnnxValue Fmod(Operation operation)
    {
        (OnnxValue left, OnnxValue right) = ArithmeticOperations.Sides(operation, operation.OutputType);
        OnnxGraph graph = operation.Graph;
        return ArithmeticOperations.IsInteger(operation.OutputType)
            ? graph.Sub(left, graph.Mul(graph.Div(left, right), right)) // ONNX Runtime's fmod rounds long integers
            : Rest(graph, left, right);
    }

    // The remainder has the divisor's sign, so that this is exact.
    private static OnnxValue WholeFloor(OnnxGraph graph, OnnxValue left, OnnxValue right) =>
        graph.Div(graph.Sub(left, graph.Binary("Mod", left, right)), right);

    // A rounded quotient may be the next whole number already: 1 / 0.1f is 10, and goes 9 times.
    private static OnnxValue Floor(OnnxGraph graph, OnnxValue left, OnnxValue right)
    {
        OnnxValue rest = Rest(graph, left, right);
        OnnxValue quotient = graph.Div(graph.Sub(left, rest), right);
        quotient = graph.Where(HasOtherSign(graph, rest, right), graph.Sub(quotient, 1), quotient);
        OnnxValue whole = graph.Elementwise("Floor", quotient);
        whole = graph.Where(graph.Compare("Greater", graph.Sub(quotient, whole), 0.5), graph.Add(whole, 1), whole);
        return graph.Where(graph.Compare("Equal", right, 0), graph.Div(left, right), whole);
    }

    private static OnnxValue Rest(OnnxGraph graph, OnnxValue left, OnnxValue right) =>
        graph.AddNode("Mod", [left, right], [OnnxAttribute.Bool("fmod", true)], rank: left.Rank is { } one && right.Rank is { } other ? Math.Max(one, other) : null);

    private static OnnxValue HasOtherSign(OnnxGraph graph, OnnxValue rest, OnnxValue divisor) => graph.Binary(
        "And",
        graph.Elementwise("Not", graph.Compare("Equal", rest, 0)),
        graph.Binary("Xor", graph.Compare("Less", rest, 0), graph.Compare("Less", divisor, 0)));
}
