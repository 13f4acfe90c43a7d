namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Functions of single elements.</summary>
/// <remarks>Of integers and truth values they give floating-point numbers.</remarks>
internal static class ElementwiseOperations
{
    [Lowering("relu")]
    private static OnnxValue Relu(Operation operation) => operation.Self.ElementType is OnnxElementType.Int64 or OnnxElementType.Int16
        ? operation.Graph.Extreme("Max", operation.Self, operation.Constant(operation.OutputType, 0))
        : operation.Self.ElementType == OnnxElementType.UInt8 ? operation.Self : operation.Graph.Relu(operation.Self);

    [Lowering("sigmoid", "expit", "tanh", "exp", "log", "sqrt", "reciprocal", "sin", "cos")]
    private static OnnxValue Function(Operation operation) => operation.Graph.Elementwise(NameOf(operation), Value(operation));

    [Lowering("asin", "acos", "atan", "sinh", "cosh", "arcsinh", "arccosh", "arctanh", "erf")]
    private static OnnxValue FloatFunction(Operation operation) => operation.Graph.Elementwise(NameOf(operation), Single(operation));

    [Lowering("tan")]
    private static OnnxValue Tan(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue value = Value(operation);
        return value.ElementType == OnnxElementType.Float ? graph.Elementwise("Tan", value) : graph.Div(graph.Elementwise("Sin", value), graph.Elementwise("Cos", value));
    }

    [Lowering("rsqrt")]
    private static OnnxValue Rsqrt(Operation operation) => operation.Graph.Elementwise("Reciprocal", operation.Graph.Elementwise("Sqrt", Value(operation)));

    [Lowering("exp2")]
    private static OnnxValue Exp2(Operation operation) => operation.Graph.Binary("Pow", operation.Constant(operation.OutputType, 2), Value(operation));

    // tanh(x / 2) · (eˣ + 1), which is exact near 0 too.
    [Lowering("expm1")]
    private static OnnxValue Expm1(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue value = Value(operation);
        return graph.Mul(graph.Tanh(graph.Div(value, 2)), graph.Add(graph.Exp(value), 1));
    }

    [Lowering("log1p")]
    private static OnnxValue Log1p(Operation operation) => Log1p(operation.Graph, Value(operation));

    [Lowering("log2", "log10")]
    private static OnnxValue LogOfBase(Operation operation) =>
        operation.Graph.Div(operation.Graph.Elementwise("Log", Value(operation)), operation.Name == "log2" ? Math.Log(2) : Math.Log(10));

    [Lowering("deg2rad", "rad2deg")]
    private static OnnxValue Degrees(Operation operation) => operation.Graph.Mul(Value(operation), operation.Name == "deg2rad" ? Math.PI / 180 : 180 / Math.PI);

    [Lowering("sinc")]
    private static OnnxValue Sinc(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue value = Value(operation), angle = graph.Mul(value, Math.PI);
        return graph.Where(graph.Compare("Equal", value, 0), 1, graph.Div(graph.Elementwise("Sin", angle), angle));
    }

    [Lowering("atan2", "arctan2")]
    private static OnnxValue Atan2(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue y = Single(operation), x = operation.As(operation.Input("other"), operation.OutputType);
        OnnxValue height = graph.Elementwise("Abs", y), width = graph.Elementwise("Abs", x);
        OnnxValue same = graph.Where(graph.Compare("Equal", height, 0), 0, graph.ScalarLike(height, 1));
        OnnxValue slope = graph.Where(graph.Compare("Equal", height, width), same, graph.Div(height, width));
        OnnxValue angle = graph.Elementwise("Atan", slope);
        angle = graph.Where(IsNegative(graph, x), graph.Sub(operation.Constant(operation.OutputType, Math.PI), angle), angle);
        return graph.Where(IsNegative(graph, y), graph.Elementwise("Neg", angle), angle);
    }

    // m · √(1 + (n / m)²) of the greater and the lesser, so that no square is too great.
    [Lowering("hypot")]
    private static OnnxValue Hypot(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue left = graph.Elementwise("Abs", Value(operation)), right = graph.Elementwise("Abs", operation.As(operation.Input("other"), operation.OutputType));
        OnnxValue greater = graph.Extreme("Max", left, right), ratio = graph.Div(graph.Extreme("Min", left, right), greater);
        OnnxValue length = graph.Mul(greater, graph.Elementwise("Sqrt", graph.Add(graph.Mul(ratio, ratio), 1)));
        length = graph.Where(graph.Compare("Equal", greater, 0), greater, length);
        OnnxValue infinite = graph.Binary("Or", graph.Compare("Equal", left, double.PositiveInfinity), graph.Compare("Equal", right, double.PositiveInfinity));
        return graph.Where(infinite, double.PositiveInfinity, length);
    }

    // max + log(1 + b^−|x − y|)
    [Lowering("logaddexp", "logaddexp2")]
    private static OnnxValue LogAddExp(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        double scale = operation.Name == "logaddexp" ? 1 : Math.Log(2);
        OnnxValue left = operation.As(operation.Self, operation.OutputType), right = operation.As(operation.Input("other"), operation.OutputType);
        OnnxValue distance = graph.Where(graph.Compare("Equal", left, right), 0, graph.Elementwise("Abs", graph.Sub(left, right)));
        OnnxValue rest = Log1p(graph, graph.Exp(graph.Mul(distance, -scale)));
        return graph.Add(graph.Extreme("Max", left, right), scale == 1 ? rest : graph.Div(rest, scale));
    }

    [Lowering("xlogy", "xlog1py")]
    private static OnnxValue XLogY(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue x = Value(operation);
        OnnxValue y = operation.InputOrNull("y", "other") is { } other
            ? operation.As(other, operation.OutputType)
            : operation.Constant(operation.OutputType, operation.Number("y", "other")!.Value);
        OnnxValue product = graph.Mul(x, operation.Name == "xlogy" ? graph.Elementwise("Log", y) : Log1p(graph, y));
        return graph.Where(graph.IsNaN(y), y, graph.Where(graph.Compare("Equal", x, 0), 0, product));
    }

    // The rounding of 1 + x is undone: where it is 1, the result is x.
    private static OnnxValue Log1p(OnnxGraph graph, OnnxValue value)
    {
        OnnxValue sum = graph.Add(value, 1), logarithm = graph.Elementwise("Log", sum), kept = graph.Sub(sum, 1);
        OnnxValue mended = graph.Where(graph.Compare("Equal", kept, 0), value, graph.Mul(logarithm, graph.Div(value, kept)));
        return graph.Where(graph.Compare("Equal", kept, value), logarithm, mended);
    }

    // −0 counts too.
    private static OnnxValue IsNegative(OnnxGraph graph, OnnxValue value) =>
        graph.Binary("Or", graph.Compare("Less", value, 0), graph.Compare("Less", graph.Elementwise("Reciprocal", value), 0));

    private static OnnxValue Value(Operation operation) => operation.As(operation.Self, operation.OutputType);

    private static OnnxValue Single(Operation operation) => operation.OutputType == OnnxElementType.Double
        ? throw operation.NotSupported($"{operation.MethodName} works on Float64, and ONNX Runtime has no operator for that", "Convert its input to Float32")
        : Value(operation);

    private static string NameOf(Operation operation) => operation.Name switch
    {
        "expit" => "Sigmoid",
        ['a', 'r', 'c', .. var rest] => "A" + rest,
        var name => char.ToUpperInvariant(name[0]) + name[1..],
    };
}
