using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Comparisons, logic, and choices by truth values, element by element.</summary>
internal static class ComparisonOperations
{
    [Lowering("eq", "ne", "lt", "le", "gt", "ge")]
    private static OnnxValue Compare(Operation operation)
    {
        (OnnxValue left, OnnxValue right) = ArithmeticOperations.Sides(operation, CommonType(operation));
        OnnxValue result = operation.Graph.Compare(
            operation.Name switch
            {
                "eq" or "ne" => "Equal",
                "lt" => "Less",
                "le" => "LessOrEqual",
                "gt" => "Greater",
                _ => "GreaterOrEqual",
            },
            left, right);
        return operation.Name == "ne" ? operation.Graph.Elementwise("Not", result) : result;
    }

    [Lowering("logical_and", "logical_or", "logical_xor")]
    private static OnnxValue Logic(Operation operation)
    {
        (OnnxValue left, OnnxValue right) = ArithmeticOperations.Sides(operation, OnnxElementType.Bool);
        return operation.Graph.Binary(LogicOf(operation.Name), left, right);
    }

    [Lowering("bitwise_and", "bitwise_or", "bitwise_xor")]
    private static OnnxValue Bitwise(Operation operation) => operation.OutputType == OnnxElementType.Bool
        ? Logic(operation)
        : throw operation.NotSupported($"{operation.MethodName} works on bits of integers, which ONNX can only from opset 18 on", "Use truth values");

    // The bits of −x − 1 are those of x turned round.
    [Lowering("logical_not", "bitwise_not")]
    private static OnnxValue Not(Operation operation) => operation.OutputType == OnnxElementType.Bool
        ? operation.Graph.Elementwise("Not", operation.As(operation.Self, OnnxElementType.Bool))
        : operation.Graph.Sub(operation.Constant(operation.OutputType, operation.OutputType == OnnxElementType.UInt8 ? byte.MaxValue : -1), operation.Self);

    [Lowering("where")]
    private static OnnxValue Where(Operation operation) => operation.Graph.Where(
        operation.As(operation.Input("condition"), OnnxElementType.Bool),
        operation.As(operation.Input("self", "x", "input"), operation.OutputType),
        operation.As(operation.Input("y", "other"), operation.OutputType));

    [Lowering("masked_fill")]
    private static OnnxValue MaskedFill(Operation operation) => operation.Graph.Where(
        operation.As(operation.Input("mask"), OnnxElementType.Bool),
        operation.Constant(operation.OutputType, operation.Number("value")!.Value, "value"),
        operation.Self);

    [Lowering("isnan")]
    private static OnnxValue IsNaN(Operation operation) => operation.Graph.IsNaN(AsFloat(operation));

    [Lowering("isfinite")]
    private static OnnxValue IsFinite(Operation operation) =>
        operation.Graph.Compare("Less", operation.Graph.Elementwise("Abs", AsFloat(operation)), double.PositiveInfinity);

    [Lowering("isinf")]
    private static OnnxValue IsInfinite(Operation operation) =>
        operation.Graph.Compare("Equal", operation.Graph.Elementwise("Abs", AsFloat(operation)), double.PositiveInfinity);

    [Lowering("isposinf", "isneginf")]
    private static OnnxValue IsOneInfinity(Operation operation) =>
        operation.Graph.Compare("Equal", AsFloat(operation), operation.Name == "isposinf" ? double.PositiveInfinity : double.NegativeInfinity);

    [Lowering("nan_to_num")]
    private static OnnxValue NaNToNumber(Operation operation)
    {
        OnnxValue value = operation.Self;
        if (!ArithmeticOperations.IsFloat(operation.OutputType))
            return value;
        OnnxGraph graph = operation.Graph;
        double greatest = operation.OutputType switch
        {
            OnnxElementType.Float => float.MaxValue,
            OnnxElementType.Double => double.MaxValue,
            _ => (double)Half.MaxValue,
        };
        value = graph.Where(graph.IsNaN(value), operation.Number("nan") ?? 0, value);
        value = graph.Where(graph.Compare("Equal", operation.Self, double.PositiveInfinity), operation.Number("posinf") ?? greatest, value);
        return graph.Where(graph.Compare("Equal", operation.Self, double.NegativeInfinity), operation.Number("neginf") ?? -greatest, value);
    }

    // |x − y| ≤ atol + rtol · |y|; infinities are close to themselves only.
    [Lowering("isclose")]
    private static OnnxValue IsClose(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxElementType type = CommonType(operation);
        if (!ArithmeticOperations.IsFloat(type))
            throw operation.NotSupported("isclose compares integers", "Convert them to floating-point numbers");
        (OnnxValue left, OnnxValue right) = ArithmeticOperations.Sides(operation, type);
        OnnxValue difference = graph.Elementwise("Abs", graph.Sub(left, right));
        OnnxValue allowed = graph.Add(graph.Mul(graph.Elementwise("Abs", right), operation.Number("rtol") ?? 1e-5), operation.Number("atol") ?? 1e-8);
        OnnxValue near = graph.Binary("And", graph.Compare("LessOrEqual", difference, allowed), graph.Compare("Less", difference, double.PositiveInfinity));
        OnnxValue close = graph.Binary("Or", graph.Compare("Equal", left, right), near);
        return operation.Flag(false, "nanEqual") ? graph.Binary("Or", close, graph.Binary("And", graph.IsNaN(left), graph.IsNaN(right))) : close;
    }

    [Lowering("heaviside")]
    private static OnnxValue Step(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue value = operation.As(operation.Self, operation.OutputType), atZero = operation.As(operation.Input("other"), operation.OutputType);
        return graph.Where(graph.Compare("Equal", value, 0), atZero, operation.As(graph.Compare("Greater", value, 0), operation.OutputType));
    }

    [Lowering("isin")]
    private static OnnxValue IsIn(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue elements = graph.Reshape(operation.As(operation.Input("test_elements"), operation.Self.ElementType), -1);
        if (operation.TypeOf((Tensor)operation.Argument("test_elements")!) != operation.TypeOf((Tensor)operation.Argument("self", "elements", "input")!))
            throw operation.NotSupported("isin compares tensors of two types", "Convert them to one type");
        OnnxValue equal = graph.Compare("Equal", graph.Unsqueeze(operation.Self, operation.Rank), elements);
        OnnxValue isIn = graph.Reduce("ReduceMax", equal, [operation.Rank], keeps: false);
        return operation.Flag(false, "invert") ? graph.Elementwise("Not", isIn) : isIn;
    }

    // Whole numbers and truth values are numbers, and finite.
    private static OnnxValue AsFloat(Operation operation) =>
        ArithmeticOperations.IsFloat(operation.Self.ElementType) ? operation.Self : operation.As(operation.Self, OnnxElementType.Float);

    private static string LogicOf(string name) => name switch
    {
        "logical_and" or "bitwise_and" => "And",
        "logical_or" or "bitwise_or" => "Or",
        _ => "Xor",
    };

    // The type in which TorchSharp compares.
    private static OnnxElementType CommonType(Operation operation)
    {
        ScalarType self = operation.TypeOf((Tensor)operation.Argument("self", "left", "input")!);
        if (operation.Argument(ArithmeticOperations.Others) is Scalar scalar)
        {
            bool isFraction = scalar.Type is ScalarType.Float32 or ScalarType.Float64 or ScalarType.Float16 or ScalarType.BFloat16;
            OnnxElementType type = OnnxTensor.ElementTypeOf(self);
            return isFraction && !ArithmeticOperations.IsFloat(type) ? OnnxElementType.Float : type == OnnxElementType.Bool ? OnnxElementType.Int64 : type;
        }

        var other = (Tensor)operation.Argument(ArithmeticOperations.Others)!;
        using Tensor one = zeros(Ones(operation.SelfShape.Count), self), two = zeros(Ones(operation.ShapeOf(other).Count), operation.TypeOf(other));
        OnnxElementType common = OnnxTensor.ElementTypeOf(result_type(one, two));
        return common == OnnxElementType.Bool ? OnnxElementType.Int32 : common;
    }

    private static long[] Ones(int count) => [.. Enumerable.Repeat(1L, count)];
}
