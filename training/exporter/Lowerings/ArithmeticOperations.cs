namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Arithmetic, element by element.</summary>
/// <remarks>TorchSharp converts both sides to a common type; ONNX's operators take two of one type only.</remarks>
internal static class ArithmeticOperations
{
    [Lowering("add", "sub", "subtract")]
    private static OnnxValue Add(Operation operation)
    {
        (OnnxValue left, OnnxValue right) = Sides(operation, operation.OutputType);
        if (operation.OutputType == OnnxElementType.Bool)
            return operation.Graph.Binary("Or", left, right);
        if (operation.Number("alpha") is { } alpha and not 1)
            right = operation.Graph.Mul(right, alpha);
        return operation.Name == "add" ? operation.Graph.Add(left, right) : operation.Graph.Sub(left, right);
    }

    [Lowering("mul", "multiply")]
    private static OnnxValue Mul(Operation operation)
    {
        (OnnxValue left, OnnxValue right) = Sides(operation, operation.OutputType);
        return operation.Graph.Binary(operation.OutputType == OnnxElementType.Bool ? "And" : "Mul", left, right);
    }

    [Lowering("pow", "float_power")]
    private static OnnxValue Pow(Operation operation)
    {
        if (!IsInteger(operation.OutputType))
        {
            (OnnxValue left, OnnxValue right) = Sides(operation, operation.OutputType);
            return operation.Graph.Binary("Pow", left, right);
        }

        // ONNX Runtime computes powers of integers in floating point.
        if (operation.IsTensor(Others) || operation.Number(Others) is not (>= 0 and <= 64 and var exponent))
            throw operation.NotSupported($"{operation.MethodName} takes integers to a power that isn't a number of 0 to 64", "Convert them to Float64");
        return WholePower(operation.Graph, operation.As(operation.Self, operation.OutputType), (int)exponent);
    }

    [Lowering("maximum", "minimum")]
    private static OnnxValue Extreme(Operation operation) =>
        operation.Graph.Extreme(operation.Name == "maximum" ? "Max" : "Min", operation.As(operation.Self, operation.OutputType), operation.As(operation.Input("other"), operation.OutputType));

    [Lowering("fmax", "fmin")]
    private static OnnxValue ExtremeNumber(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        (OnnxValue left, OnnxValue right) = Sides(operation, operation.OutputType);
        OnnxValue extreme = graph.Extreme(operation.Name == "fmax" ? "Max" : "Min", left, right);
        return IsFloat(operation.OutputType) ? graph.Where(graph.IsNaN(left), right, graph.Where(graph.IsNaN(right), left, extreme)) : extreme;
    }

    [Lowering("clamp", "clamp_min", "clamp_max")]
    private static OnnxValue Clamp(Operation operation)
    {
        OnnxValue value = operation.As(operation.Self, operation.OutputType);
        if (Limit(operation, "min") is { } minimum)
            value = operation.Graph.Extreme("Max", value, minimum);
        return Limit(operation, "max") is { } maximum ? operation.Graph.Extreme("Min", value, maximum) : value;
    }

    private static OnnxValue? Limit(Operation operation, string name) => operation.InputOrNull(name) is { } limit
        ? operation.As(limit, operation.OutputType)
        : operation.NumberValue(operation.OutputType, name);

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

    // From the nearer end, as TorchSharp does it, which tells where an end is infinite.
    [Lowering("lerp")]
    private static OnnxValue Lerp(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue start = operation.Self, end = operation.Input("end"), difference = graph.Sub(end, start);
        OnnxValue weight = operation.InputOrNull("weight") is { } tensor ? operation.As(tensor, operation.OutputType) : operation.NumberValue(operation.OutputType, "weight")!;
        OnnxValue fromEnd = graph.Sub(end, graph.Mul(difference, graph.Sub(graph.ScalarLike(weight, 1), weight)));
        return graph.Where(graph.Compare("Less", graph.Elementwise("Abs", weight), 0.5), graph.Add(start, graph.Mul(difference, weight)), fromEnd);
    }

    [Lowering("ldexp")]
    private static OnnxValue TimesPowerOfTwo(Operation operation) => operation.Graph.Mul(
        operation.As(operation.Self, operation.OutputType),
        operation.Graph.Binary("Pow", operation.Constant(operation.OutputType, 2), operation.As(operation.Input("other"), operation.OutputType)));

    /// <summary>Whether a type is of whole numbers.</summary>
    public static bool IsInteger(OnnxElementType type) =>
        type is not (OnnxElementType.Float or OnnxElementType.Double or OnnxElementType.Float16 or OnnxElementType.Bool);

    /// <summary>Whether a type is of floating-point numbers.</summary>
    public static bool IsFloat(OnnxElementType type) => type is OnnxElementType.Float or OnnxElementType.Double or OnnxElementType.Float16;

    /// <summary>Both sides of an operation of two values, in one type.</summary>
    public static (OnnxValue Left, OnnxValue Right) Sides(Operation operation, OnnxElementType type)
    {
        OnnxValue left = operation.As(operation.Self, type);
        OnnxValue right = operation.InputOrNull(Others) is { } other
            ? operation.As(other, type)
            : operation.NumberValue(type, Others) ?? throw operation.NotSupported($"the second argument of {operation.MethodName} can't be read", "Use another overload");
        return (left, right);
    }

    // x⁷ = x · (x³)², x³ = x · x²
    private static OnnxValue WholePower(OnnxGraph graph, OnnxValue value, int exponent)
    {
        if (exponent <= 1)
            return exponent == 1 ? value : graph.Add(graph.Mul(value, 0), 1);
        OnnxValue half = WholePower(graph, value, exponent / 2);
        OnnxValue square = graph.Mul(half, half);
        return exponent % 2 == 0 ? square : graph.Mul(square, value);
    }

    /// <summary>The names of the parameter that is the other side.</summary>
    public static readonly string[] Others = ["target", "other", "right", "exponent", "scalar", "value"];
}
