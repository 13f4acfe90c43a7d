using TorchSharp.Modules;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Activation functions, in operators that ONNX Runtime has for float and double.</summary>
internal static class ActivationOperations
{
    [Lowering("relu6")]
    private static OnnxValue Relu6(Operation operation) => operation.Graph.Clip(operation.Self, 0, 6);

    // Tensor.hardtanh of TorchSharp 0.107 drops its result and returns the input, so that only hardtanh_ comes to anything.
    [Lowering("hardtanh")]
    private static OnnxValue Hardtanh(Operation operation) =>
        operation.Graph.Clip(operation.Self, operation.Number("min")!.Value, operation.Number("max")!.Value);

    [Lowering("hardsigmoid")]
    private static OnnxValue Hardsigmoid(Operation operation) => operation.Graph.Div(Ramp(operation), 6);

    [Lowering("hardswish")]
    private static OnnxValue Hardswish(Operation operation) => operation.Graph.Div(operation.Graph.Mul(operation.Self, Ramp(operation)), 6);

    [Lowering("silu")]
    private static OnnxValue Silu(Operation operation) => operation.Graph.Mul(operation.Self, operation.Graph.Sigmoid(operation.Self));

    // x·Φ(x), or its approximation: the operator Gelu is newer than opset 17.
    // Source: D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415.
    [Lowering("gelu")]
    private static OnnxValue Gelu(Operation operation)
    {
        (OnnxGraph graph, OnnxValue input) = (operation.Graph, operation.Self);
        if (operation.Argument("approximate") is not GELU.Approximate.tanh)
        {
            operation.RequireFloat(); // for Erf
            return Gelu(graph, input);
        }

        OnnxValue cube = graph.Mul(input, graph.Mul(input, input));
        return Gated(graph, input, graph.Tanh(graph.Mul(graph.Add(input, graph.Mul(cube, 0.044715)), Math.Sqrt(2 / Math.PI))));
    }

    /// <summary>x·Φ(x).</summary>
    public static OnnxValue Gelu(OnnxGraph graph, OnnxValue input) => Gated(graph, input, graph.Elementwise("Erf", graph.Div(input, Math.Sqrt(2))));

    // By 2Φ(x) − 1.
    private static OnnxValue Gated(OnnxGraph graph, OnnxValue input, OnnxValue gate) => graph.Mul(graph.Mul(input, graph.Add(gate, 1)), 0.5);

    [Lowering("leaky_relu")]
    private static OnnxValue LeakyRelu(Operation operation)
    {
        OnnxValue value = operation.Self;
        return Choose(operation, "Greater", value, 0, value, operation.Graph.Mul(value, operation.Number("negative_slope")!.Value));
    }

    // TorchSharp never tells libtorch to draw the slope, which is then the mean of the two.
    [Lowering("rrelu")]
    private static OnnxValue RandomRelu(Operation operation)
    {
        OnnxValue value = operation.Self;
        double slope = (operation.Number("lower")!.Value + operation.Number("upper")!.Value) / 2;
        return Choose(operation, "Greater", value, 0, value, operation.Graph.Mul(value, slope));
    }

    [Lowering("prelu")]
    private static OnnxValue Prelu(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue value = operation.Self, slope = operation.Input("target");
        if (slope.Rank == 1 && operation.Rank > 2)
            slope = graph.Unsqueeze(slope, [.. Enumerable.Range(1, operation.Rank - 2).Select(axis => (long)axis)]); // [C,1,…]
        return Choose(operation, "Greater", value, 0, value, graph.Mul(value, slope));
    }

    [Lowering("elu")]
    private static OnnxValue Elu(Operation operation) =>
        Elu(operation, operation.Number("alpha") ?? 1, operation.Number("scale") ?? 1, operation.Number("input_scale") ?? 1);

    [Lowering("celu")]
    private static OnnxValue Celu(Operation operation) => Elu(operation, operation.Number("alpha")!.Value, 1, 1 / operation.Number("alpha")!.Value);

    // Source: G. Klambauer et al., "Self-Normalizing Neural Networks", arXiv:1706.02515, equation 14.
    [Lowering("selu")]
    private static OnnxValue Selu(Operation operation) => Elu(operation, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1);

    [Lowering("softplus1", "softplus")] // the first is what TorchSharp's own softplus calls
    private static OnnxValue Softplus(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        double beta = operation.Number("beta") ?? 1, threshold = operation.Number("threshold") ?? 20;
        OnnxValue scaled = beta == 1 ? operation.Self : graph.Mul(operation.Self, beta);
        OnnxValue soft = Softplus(graph, scaled);
        return Choose(operation, "Greater", scaled, threshold, operation.Self, beta == 1 ? soft : graph.Div(soft, beta));
    }

    [Lowering("log_sigmoid")]
    private static OnnxValue LogSigmoid(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        return graph.Elementwise("Neg", Softplus(graph, graph.Elementwise("Neg", operation.Self)));
    }

    [Lowering("glu")]
    private static OnnxValue Glu(Operation operation)
    {
        int axis = operation.Axis(-1, "dim");
        if (operation.OutputShape[axis] is not { } half)
            throw operation.NotSupported("the half of a dimension doesn't follow the size of the input", "Halve a dimension of fixed size");
        OnnxValue left = Slicing.Part(operation, operation.Self, axis, operation.Fixed(0), half);
        OnnxValue right = Slicing.Part(operation, operation.Self, axis, half, operation.Fixed(long.MaxValue));
        return operation.Graph.Mul(left, operation.Graph.Sigmoid(right));
    }

    [Lowering("hardshrink")]
    private static OnnxValue Hardshrink(Operation operation)
    {
        OnnxValue zero = operation.Constant(operation.OutputType, 0, "zero");
        return Choose(operation, "LessOrEqual", operation.Graph.Elementwise("Abs", operation.Self), operation.Number("lambda")!.Value, zero, operation.Self);
    }

    [Lowering("softshrink")]
    private static OnnxValue Softshrink(Operation operation)
    {
        double limit = operation.Number("lambda")!.Value;
        return operation.Graph.Sub(operation.Self, operation.Graph.Clip(operation.Self, -limit, limit));
    }

    [Lowering("threshold")]
    private static OnnxValue Threshold(Operation operation)
    {
        OnnxValue other = operation.Constant(operation.OutputType, operation.Number("value")!.Value, "value");
        return Choose(operation, "LessOrEqual", operation.Self, operation.Number("threshold")!.Value, other, operation.Self);
    }

    [Lowering("logit")]
    private static OnnxValue Logit(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue value = operation.As(operation.Self, operation.OutputType);
        if (operation.Number("eps") is { } margin)
            value = graph.Clip(value, margin, 1 - margin);
        OnnxValue rest = graph.Sub(graph.ScalarLike(value, 1, "one"), value);
        return graph.Elementwise("Log", graph.Div(value, rest));
    }

    /// <summary>One of two values, by a comparison with a number.</summary>
    public static OnnxValue Choose(Operation operation, string comparison, OnnxValue value, double number, OnnxValue yes, OnnxValue no)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue condition = graph.AddNode(comparison, [value, graph.ScalarLike(value, number, "limit")], elementType: OnnxElementType.Bool, rank: value.Rank);
        return graph.AddNode("Where", [condition, yes, no], elementType: yes.ElementType, rank: value.Rank);
    }

    private static OnnxValue Elu(Operation operation, double alpha, double scale, double inputScale)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue value = operation.Self, scaled = inputScale == 1 ? value : graph.Mul(value, inputScale);
        OnnxValue negative = graph.Mul(graph.Sub(graph.Exp(scaled), 1), alpha * scale);
        return Choose(operation, "Greater", value, 0, scale == 1 ? value : graph.Mul(value, scale), negative);
    }

    // min(max(x + 3, 0), 6)
    private static OnnxValue Ramp(Operation operation) => operation.Graph.Clip(operation.Graph.Add(operation.Self, 3), 0, 6);

    // max(x, 0) + log(1 + exp(−|x|)), which doesn't overflow.
    private static OnnxValue Softplus(OnnxGraph graph, OnnxValue value)
    {
        OnnxValue small = graph.Exp(graph.Elementwise("Neg", graph.Elementwise("Abs", value)));
        return graph.Add(graph.Relu(value), graph.Elementwise("Log", graph.Add(small, 1)));
    }
}
