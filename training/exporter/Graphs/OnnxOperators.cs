namespace MnistAdder.OnnxExport;

/// <summary>ONNX operators as methods: arithmetic, activations, and what turns scores into decisions.</summary>
/// <remarks>Semantics are those of the ONNX operator specification, opset 17, with NumPy's broadcasting.</remarks>
public static class OnnxOperators
{
    /// <summary>Elementwise sum.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="left">One summand.</param>
    /// <param name="right">The other, of the same element type.</param>
    /// <returns>The sum, broadcast.</returns>
    public static OnnxValue Add(this OnnxGraph graph, OnnxValue left, OnnxValue right) => Binary(graph, "Add", left, right);

    /// <summary>Adds a number to every element.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="left">The summand.</param>
    /// <param name="right">The number, in the summand's element type.</param>
    /// <returns>The sum.</returns>
    public static OnnxValue Add(this OnnxGraph graph, OnnxValue left, double right) =>
        graph.Add(left, graph.ScalarLike(left, right, "addend"));

    /// <summary>Elementwise difference.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="left">The minuend.</param>
    /// <param name="right">The subtrahend, of the same element type.</param>
    /// <returns>The difference, broadcast.</returns>
    public static OnnxValue Sub(this OnnxGraph graph, OnnxValue left, OnnxValue right) => Binary(graph, "Sub", left, right);

    /// <summary>Subtracts a number from every element.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="left">The minuend.</param>
    /// <param name="right">The number, in the minuend's element type.</param>
    /// <returns>The difference.</returns>
    public static OnnxValue Sub(this OnnxGraph graph, OnnxValue left, double right) =>
        graph.Sub(left, graph.ScalarLike(left, right, "subtrahend"));

    /// <summary>Elementwise product.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="left">One factor.</param>
    /// <param name="right">The other, of the same element type.</param>
    /// <returns>The product, broadcast.</returns>
    public static OnnxValue Mul(this OnnxGraph graph, OnnxValue left, OnnxValue right) => Binary(graph, "Mul", left, right);

    /// <summary>Multiplies every element by a number.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="left">The factor.</param>
    /// <param name="right">The number, in the factor's element type.</param>
    /// <returns>The product.</returns>
    public static OnnxValue Mul(this OnnxGraph graph, OnnxValue left, double right) =>
        graph.Mul(left, graph.ScalarLike(left, right, "factor"));

    /// <summary>Elementwise quotient.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="left">The dividend.</param>
    /// <param name="right">The divisor, of the same element type.</param>
    /// <returns>The quotient, broadcast.</returns>
    public static OnnxValue Div(this OnnxGraph graph, OnnxValue left, OnnxValue right) => Binary(graph, "Div", left, right);

    /// <summary>Divides every element by a number.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="left">The dividend.</param>
    /// <param name="right">The number, in the dividend's element type.</param>
    /// <returns>The quotient.</returns>
    public static OnnxValue Div(this OnnxGraph graph, OnnxValue left, double right) =>
        graph.Div(left, graph.ScalarLike(left, right, "divisor"));

    /// <summary>Matrix product of the last two dimensions, batched over the others.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="left">The left matrices.</param>
    /// <param name="right">The right matrices.</param>
    /// <returns>The products.</returns>
    public static OnnxValue MatMul(this OnnxGraph graph, OnnxValue left, OnnxValue right)
    {
        Check(graph, left);
        return graph.AddNode("MatMul", [left, right], rank: left.Rank >= 2 && right?.Rank >= 2 ? HigherRank(left, right) : null);
    }

    /// <summary>Converts every element to another type.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">What to convert.</param>
    /// <param name="elementType">The type to convert to.</param>
    /// <returns>The converted tensor.</returns>
    public static OnnxValue Cast(this OnnxGraph graph, OnnxValue value, OnnxElementType elementType)
    {
        Check(graph, value);
        return graph.AddNode("Cast", [value], [OnnxAttribute.Int("to", (long)elementType)], elementType, value.Rank).WithShape(value.Shape);
    }

    /// <summary>An operator of one input whose output has the input's type and shape, such as <c>Relu</c> or <c>Exp</c>.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="opType">The operator's name in the ONNX operator specification.</param>
    /// <param name="value">The input.</param>
    /// <param name="attributes">The operator's attributes.</param>
    /// <returns>The output.</returns>
    public static OnnxValue Elementwise(this OnnxGraph graph, string opType, OnnxValue value, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        Check(graph, value);
        return graph.AddNode(opType, [value], attributes, value.ElementType, value.Rank).WithShape(value.Shape);
    }

    /// <summary>max(x, 0).</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The input.</param>
    /// <returns>The output.</returns>
    public static OnnxValue Relu(this OnnxGraph graph, OnnxValue value) => graph.Elementwise("Relu", value);

    /// <summary>1 / (1 + exp(−x)).</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The input.</param>
    /// <returns>The output.</returns>
    public static OnnxValue Sigmoid(this OnnxGraph graph, OnnxValue value) => graph.Elementwise("Sigmoid", value);

    /// <summary>The hyperbolic tangent.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The input.</param>
    /// <returns>The output.</returns>
    public static OnnxValue Tanh(this OnnxGraph graph, OnnxValue value) => graph.Elementwise("Tanh", value);

    /// <summary>The exponential function.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The input.</param>
    /// <returns>The output.</returns>
    public static OnnxValue Exp(this OnnxGraph graph, OnnxValue value) => graph.Elementwise("Exp", value);

    /// <summary>Limits every element to a range.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The input.</param>
    /// <param name="minimum">The least value.</param>
    /// <param name="maximum">The greatest value.</param>
    /// <returns>The output.</returns>
    public static OnnxValue Clip(this OnnxGraph graph, OnnxValue value, double minimum, double maximum)
    {
        Check(graph, value);
        return graph.AddNode(
            "Clip",
            [value, graph.ScalarLike(value, minimum, "minimum"), graph.ScalarLike(value, maximum, "maximum")],
            rank: value.Rank);
    }

    /// <summary>Probabilities along one axis.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">Scores.</param>
    /// <param name="axis">The axis; negative counts from the end.</param>
    /// <returns>Numbers of at least 0 that add up to 1 along the axis.</returns>
    public static OnnxValue Softmax(this OnnxGraph graph, OnnxValue value, long axis = -1) =>
        graph.Elementwise("Softmax", value, OnnxAttribute.Int("axis", axis));

    /// <summary>Logarithms of probabilities along one axis.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">Scores.</param>
    /// <param name="axis">The axis; negative counts from the end.</param>
    /// <returns>The natural logarithms of <see cref="Softmax"/>.</returns>
    public static OnnxValue LogSoftmax(this OnnxGraph graph, OnnxValue value, long axis = -1) =>
        graph.Elementwise("LogSoftmax", value, OnnxAttribute.Int("axis", axis));

    /// <summary>Where the greatest element along one axis is; the first of equal ones.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">Scores.</param>
    /// <param name="axis">The axis; negative counts from the end.</param>
    /// <param name="keepDimension">Whether the axis stays, with size 1.</param>
    /// <returns>Positions, int64.</returns>
    public static OnnxValue ArgMax(this OnnxGraph graph, OnnxValue value, long axis = -1, bool keepDimension = false)
    {
        Check(graph, value);
        return graph.AddNode(
            "ArgMax",
            [value],
            [OnnxAttribute.Int("axis", axis), OnnxAttribute.Bool("keepdims", keepDimension)],
            OnnxElementType.Int64,
            keepDimension ? value.Rank : value.Rank - 1);
    }

    /// <summary>Turns class numbers into vectors with a 1 at the class's place; a number out of range gives zeros only.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="indices">Class numbers, 0…<paramref name="depth"/>−1 (negative ones count from the end).</param>
    /// <param name="depth">How many classes there are.</param>
    /// <param name="elementType">The type of the zeros and ones.</param>
    /// <returns>The vectors, along a new last dimension.</returns>
    public static OnnxValue OneHot(this OnnxGraph graph, OnnxValue indices, long depth, OnnxElementType elementType = OnnxElementType.Float)
    {
        Check(graph, indices);
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        return graph.AddNode(
            "OneHot",
            [
                indices,
                graph.Constant(OnnxTensor.Scalar(OnnxElementType.Int64, depth), "depth"),
                graph.Constant(OnnxTensor.FromNumbers(elementType, [0, 1], 2), "values"),
            ],
            [OnnxAttribute.Int("axis", -1)],
            elementType,
            indices.Rank + 1).WithShape(indices.Shape is { } shape ? [.. shape, depth] : null);
    }

    /// <summary>A number in the element type of a value.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The value that gives the type.</param>
    /// <param name="number">The number.</param>
    /// <param name="name">What it is; part of its name in the model.</param>
    /// <returns>A constant without dimensions.</returns>
    public static OnnxValue ScalarLike(this OnnxGraph graph, OnnxValue value, double number, string name = "constant")
    {
        Check(graph, value);
        return graph.Constant(OnnxTensor.Scalar(value.ElementType, number), name);
    }

    internal static void Check(OnnxGraph graph, OnnxValue value)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(value);
    }

    private static OnnxValue Binary(OnnxGraph graph, string opType, OnnxValue left, OnnxValue right)
    {
        Check(graph, left);
        ArgumentNullException.ThrowIfNull(right);
        if (left.ElementType != right.ElementType)
        {
            throw new ArgumentException(
                $"{opType} needs two tensors of one type, not {left.ElementType} ('{left.Name}') and {right.ElementType} ('{right.Name}').",
                nameof(right));
        }

        return graph.AddNode(opType, [left, right], rank: HigherRank(left, right)).WithShape(Broadcast(left.Shape, right.Shape));
    }

    // NumPy's rule; a size of 1, or none, takes the other's.
    private static OnnxDimension[]? Broadcast(OnnxDimension[]? left, OnnxDimension[]? right)
    {
        if (left is null || right is null)
            return null;
        var shape = new OnnxDimension[Math.Max(left.Length, right.Length)];
        for (int i = 1; i <= shape.Length; i++)
        {
            OnnxDimension one = i <= left.Length ? left[^i] : 1, other = i <= right.Length ? right[^i] : 1;
            if (one.Size != 1 && other.Size != 1 && one != other)
                return null; // which of them can't be told, or they don't fit
            shape[^i] = one.Size == 1 ? other : one;
        }

        return shape;
    }

    private static int? HigherRank(OnnxValue left, OnnxValue right) =>
        left.Rank is { } one && right.Rank is { } other ? Math.Max(one, other) : null;
}
