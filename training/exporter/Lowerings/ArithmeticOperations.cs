using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Arithmetic, comparison and logic, element by element.</summary>
/// <remarks>TorchSharp converts both sides to a common type; ONNX's operators take two of one type only.</remarks>
internal static class ArithmeticOperations
{
    [Lowering("add", "sub", "subtract")]
    private static OnnxValue Add(Operation operation)
    {
        (OnnxValue left, OnnxValue right) = Sides(operation, operation.OutputType);
        if (operation.Number("alpha") is { } alpha and not 1)
            right = operation.Graph.Mul(right, alpha);
        return operation.Name == "add" ? operation.Graph.Add(left, right) : operation.Graph.Sub(left, right);
    }

    [Lowering("mul", "multiply")]
    private static OnnxValue Mul(Operation operation) => Binary(operation, "Mul");

    [Lowering("div", "divide", "true_divide", "floor_divide")]
    private static OnnxValue Div(Operation operation)
    {
        (OnnxValue left, OnnxValue right) = Sides(operation, operation.OutputType);
        bool isInteger = IsInteger(operation.OutputType);
        string rounding = operation.Name == "floor_divide" ? "floor" : operation.Argument("rounding_mode")?.ToString() ?? "None";
        OnnxValue quotient = operation.Graph.Div(left, right);
        return rounding switch
        {
            "None" => quotient,
            "floor" when !isInteger => operation.Graph.Elementwise("Floor", quotient),
            "trunc" when isInteger => quotient, // ONNX's division of integers
            "trunc" => Truncated(operation, quotient),
            _ => throw operation.NotSupported($"{operation.MethodName} rounds a quotient of integers down, and ONNX's Div rounds to zero", "Divide floating-point numbers and use floor()"),
        };
    }

    [Lowering("pow", "float_power")]
    private static OnnxValue Pow(Operation operation) => Binary(operation, "Pow");

    [Lowering("maximum", "fmax")]
    private static OnnxValue Maximum(Operation operation) => Binary(operation, "Max");

    [Lowering("minimum", "fmin")]
    private static OnnxValue Minimum(Operation operation) => Binary(operation, "Min");

    [Lowering("remainder")]
    private static OnnxValue Remainder(Operation operation)
    {
        (OnnxValue left, OnnxValue right) = Sides(operation, operation.OutputType);
        OnnxGraph graph = operation.Graph;
        if (IsInteger(operation.OutputType))
            return graph.AddNode("Mod", [left, right], rank: operation.OutputShape.Count);
        OnnxValue whole = graph.Elementwise("Floor", graph.Div(left, right));
        return graph.Sub(left, graph.Mul(whole, right));
    }

    [Lowering("fmod")]
    private static OnnxValue Fmod(Operation operation)
    {
        (OnnxValue left, OnnxValue right) = Sides(operation, operation.OutputType);
        return operation.Graph.AddNode("Mod", [left, right], [OnnxAttribute.Bool("fmod", true)], rank: operation.OutputShape.Count);
    }

    [Lowering("eq", "ne", "lt", "le", "gt", "ge")]
    private static OnnxValue Compare(Operation operation)
    {
        (OnnxValue left, OnnxValue right) = Sides(operation, CommonType(operation));
        (string op, bool negated) = operation.Name switch
        {
            "eq" => ("Equal", false),
            "ne" => ("Equal", true),
            "lt" => ("Less", false),
            "le" => ("LessOrEqual", false),
            "gt" => ("Greater", false),
            _ => ("GreaterOrEqual", false),
        };
        OnnxValue result = operation.Graph.AddNode(op, [left, right], elementType: OnnxElementType.Bool, rank: operation.OutputShape.Count);
        return negated ? operation.Graph.Elementwise("Not", result) : result;
    }

    [Lowering("logical_and", "logical_or", "logical_xor")]
    private static OnnxValue Logic(Operation operation)
    {
        (OnnxValue left, OnnxValue right) = Sides(operation, OnnxElementType.Bool);
        return operation.Graph.AddNode(LogicOf(operation.Name), [left, right], rank: operation.OutputShape.Count);
    }

    [Lowering("bitwise_and", "bitwise_or", "bitwise_xor")]
    private static OnnxValue Bitwise(Operation operation)
    {
        if (operation.OutputType != OnnxElementType.Bool)
            throw operation.NotSupported($"{operation.MethodName} works on bits of integers, which ONNX can only from opset 18 on", "Use truth values");
        return Logic(operation);
    }

    [Lowering("logical_not", "bitwise_not")]
    private static OnnxValue Not(Operation operation)
    {
        if (operation.OutputType != OnnxElementType.Bool)
            throw operation.NotSupported($"{operation.MethodName} works on bits of integers, which ONNX can only from opset 18 on", "Use truth values");
        return operation.Graph.Elementwise("Not", operation.As(operation.Self, OnnxElementType.Bool));
    }

    [Lowering("where")]
    private static OnnxValue Where(Operation operation)
    {
        // x.where(condition, y)
        OnnxValue condition = operation.As(operation.Input("condition"), OnnxElementType.Bool);
        OnnxValue yes = operation.As(operation.Input("self", "x", "input"), operation.OutputType), no = operation.As(operation.Input("y", "other"), operation.OutputType);
        return operation.Graph.AddNode("Where", [condition, yes, no], elementType: operation.OutputType, rank: operation.OutputShape.Count);
    }

    [Lowering("masked_fill")]
    private static OnnxValue MaskedFill(Operation operation)
    {
        OnnxValue mask = operation.As(operation.Input("mask"), OnnxElementType.Bool);
        OnnxValue filled = operation.Constant(operation.OutputType, operation.Number("value")!.Value, "value");
        return operation.Graph.AddNode("Where", [mask, filled, operation.Self], elementType: operation.OutputType, rank: operation.OutputShape.Count);
    }

    [Lowering("addcmul", "addcdiv")]
    private static OnnxValue AddProduct(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue one = operation.As(operation.Input("tensor1"), operation.OutputType), other = operation.As(operation.Input("tensor2"), operation.OutputType);
        OnnxValue product = operation.Name == "addcmul" ? graph.Mul(one, other) : graph.Div(one, other);
        if (operation.Number("value") is { } factor and not 1)
            product = graph.Mul(product, factor);
        return graph.Add(operation.As(operation.Self, operation.OutputType), product);
    }

    [Lowering("lerp")]
    private static OnnxValue Lerp(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue difference = graph.Sub(operation.Input("end"), operation.Self);
        OnnxValue part = operation.InputOrNull("weight") is { } weight ? graph.Mul(difference, weight) : graph.Mul(difference, operation.Number("weight")!.Value);
        return graph.Add(operation.Self, part);
    }

    /// <summary>Whether a type is of whole numbers.</summary>
    public static bool IsInteger(OnnxElementType type) =>
        type is not (OnnxElementType.Float or OnnxElementType.Double or OnnxElementType.Float16 or OnnxElementType.Bool);

    /// <summary>Rounds to zero.</summary>
    public static OnnxValue Truncated(Operation operation, OnnxValue value) =>
        operation.Graph.Mul(operation.Graph.Elementwise("Floor", operation.Graph.Elementwise("Abs", value)), operation.Graph.Elementwise("Sign", value));

    private static string LogicOf(string name) => name switch
    {
        "logical_and" or "bitwise_and" => "And",
        "logical_or" or "bitwise_or" => "Or",
        _ => "Xor",
    };

    private static OnnxValue Binary(Operation operation, string opType)
    {
        (OnnxValue left, OnnxValue right) = Sides(operation, operation.OutputType);
        return operation.Graph.AddNode(opType, [left, right], rank: operation.OutputShape.Count);
    }

    private static (OnnxValue Left, OnnxValue Right) Sides(Operation operation, OnnxElementType type)
    {
        OnnxValue left = operation.As(operation.Self, type);
        OnnxValue right = operation.InputOrNull(s_others) is { } other
            ? operation.As(other, type)
            : operation.Constant(type, operation.Number(s_others) ?? throw operation.NotSupported($"the second argument of {operation.MethodName} can't be read", "Use another overload"));
        return (left, right);
    }

    private static readonly string[] s_others = ["target", "other", "right", "exponent", "scalar", "value"];

    // The type in which TorchSharp compares.
    private static OnnxElementType CommonType(Operation operation)
    {
        ScalarType self = operation.TypeOf((Tensor)operation.Argument("self", "left", "input")!);
        if (operation.Argument(s_others) is Scalar scalar)
        {
            bool isFraction = scalar.Type is ScalarType.Float32 or ScalarType.Float64 or ScalarType.Float16 or ScalarType.BFloat16;
            OnnxElementType type = OnnxTensor.ElementTypeOf(self);
            return isFraction && (IsInteger(type) || type == OnnxElementType.Bool) ? OnnxElementType.Float : type == OnnxElementType.Bool ? OnnxElementType.Int64 : type;
        }

        var other = (Tensor)operation.Argument(s_others)!;
        using Tensor one = zeros(Ones(operation.SelfShape.Count), self), two = zeros(Ones(operation.ShapeOf(other).Count), operation.TypeOf(other));
        OnnxElementType common = OnnxTensor.ElementTypeOf(result_type(one, two));
        return common == OnnxElementType.Bool ? OnnxElementType.Int32 : common;
    }

    private static long[] Ones(int count) => [.. Enumerable.Repeat(1L, count)];
}
