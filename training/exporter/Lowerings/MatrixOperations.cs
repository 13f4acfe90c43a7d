namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Products of vectors and matrices.</summary>
internal static class MatrixOperations
{
    [Lowering("matmul", "mm", "bmm", "mv", "dot", "vdot", "chain_matmul")]
    private static OnnxValue MatMul(Operation operation) =>
        Product(operation, operation.Self, operation.Input("target", "batch2", "other", "vec2"), operation.OutputShape.Count);

    [Lowering("inner")]
    private static OnnxValue Inner(Operation operation)
    {
        OnnxValue left = operation.Self, right = operation.Input("vec2", "other");
        if (left.Rank == 0 || right.Rank == 0)
            return operation.Graph.Mul(left, right);
        return TensorDot(operation, left, right, [left.Rank!.Value - 1], [right.Rank!.Value - 1]);
    }

    [Lowering("outer", "ger")]
    private static OnnxValue Outer(Operation operation) => operation.Graph.Mul(
        operation.Graph.Unsqueeze(operation.As(operation.Self, operation.OutputType), 1), operation.As(operation.Input("vec2", "other"), operation.OutputType));

    [Lowering("addmm", "addbmm", "baddbmm", "addmv", "addr")]
    private static OnnxValue Add(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue added = operation.Self, left = operation.Input("mat1", "batch1", "mat", "vec1"), right = operation.Input("mat2", "batch2", "vec", "vec2");
        if (operation.Name == "baddbmm")
            (left, right, added) = (added, left, right); // TorchSharp 0.107 takes its object for the first batch, and the last argument for what is added
        OnnxValue product = operation.Name == "addr" ? graph.Mul(graph.Unsqueeze(left, 1), right) : Product(operation, left, right, operation.Name == "addmv" ? 1 : left.Rank!.Value);
        if (operation.Name == "addbmm")
            product = graph.Reduce("ReduceSum", product, [0], keeps: false);
        product = Scaled(operation, product, "alpha");
        return operation.Number("beta") == 0 ? product : graph.Add(Scaled(operation, added, "beta"), product); // even of what is no number
    }

    [Lowering("multi_dot")]
    private static OnnxValue Chain(Operation operation)
    {
        OnnxValue[] factors = operation.Inputs("tensors");
        return factors.Skip(1).Aggregate(factors[0], (product, factor) => operation.Graph.AddNode(
            "MatMul", [product, factor], rank: Math.Max(0, product.Rank!.Value + factor.Rank!.Value - 2)));
    }

    [Lowering("matrix_power")]
    private static OnnxValue Power(Operation operation)
    {
        long power = operation.Integer(null, "n");
        if (power < 1)
            throw operation.NotSupported($"a matrix is taken to the power {power}", "Take it to one of at least 1");
        OnnxValue result = operation.Self;
        for (long i = 1; i < power; i++)
            result = operation.Graph.MatMul(result, operation.Self);
        return result;
    }

    [Lowering("tensordot")]
    private static OnnxValue TensorDot(Operation operation)
    {
        OnnxValue left = operation.Self, right = operation.Input("b");
        return TensorDot(operation, left, right, FromFront(operation.Integers("dims1")!, left), FromFront(operation.Integers("dims2")!, right));
    }

    [Lowering("einsum")]
    private static OnnxValue Einsum(Operation operation)
    {
        string equation = (string)operation.Argument("equation")!;
        if (!equation.Contains("->", StringComparison.Ordinal) && equation.Any(char.IsAsciiLetterUpper))
            throw operation.NotSupported("einsum names dimensions by capital letters, which ONNX Runtime orders otherwise", "Use small letters");
        return operation.Graph.AddNode(
            "Einsum", [.. operation.Inputs("tensors").Select(tensor => operation.As(tensor, operation.OutputType))], [OnnxAttribute.String("equation", equation.Replace(" ", "", StringComparison.Ordinal))], rank: operation.OutputShape.Count);
    }

    [Lowering("vecdot")]
    private static OnnxValue VecDot(Operation operation)
    {
        OnnxValue product = operation.Graph.Mul(operation.Input("x"), operation.Input("y"));
        long axis = operation.Integer(-1, "dim");
        return operation.Graph.Reduce("ReduceSum", product, [axis < 0 ? axis + product.Rank!.Value : axis], keeps: false);
    }

    [Lowering("kron")]
    private static OnnxValue Kron(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        int rank = operation.OutputShape.Count;
        OnnxValue left = InFront(graph, operation.As(operation.Self, operation.OutputType), rank), right = InFront(graph, operation.As(operation.Input("other"), operation.OutputType), rank);
        if (rank == 0)
            return graph.Mul(left, right);
        left = graph.Unsqueeze(left, [.. Enumerable.Range(0, rank).Select(axis => 2L * axis + 1)]);
        right = graph.Unsqueeze(right, [.. Enumerable.Range(0, rank).Select(axis => 2L * axis)]);
        return operation.ReshapeTo(graph.Mul(left, right), [], operation.OutputShape);
    }

    // aᵢ₊₁ · bᵢ₊₂ − aᵢ₊₂ · bᵢ₊₁
    [Lowering("cross")]
    private static OnnxValue Cross(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue left = operation.Input("input"), right = operation.Input("other");
        long axis = operation.Integer(-1, "dim");
        OnnxValue Turned(OnnxValue value, params ReadOnlySpan<long> order) =>
            graph.AddNode("Gather", [value, graph.Int64s("order", order)], [OnnxAttribute.Int("axis", axis < 0 ? axis : axis - operation.OutputShape.Count)], rank: value.Rank);
        return graph.Sub(graph.Mul(Turned(left, 1, 2, 0), Turned(right, 2, 0, 1)), graph.Mul(Turned(left, 2, 0, 1), Turned(right, 1, 2, 0)));
    }

    [Lowering("trace")]
    private static OnnxValue Trace(Operation operation)
    {
        OnnxValue diagonal = DiagonalOperations.Diagonal(operation, operation.As(operation.Self, operation.OutputType), 0, 0, 1);
        return operation.Graph.Reduce("ReduceSum", diagonal, null, keeps: false);
    }

    private static OnnxValue Product(Operation operation, OnnxValue left, OnnxValue right, int rank)
    {
        OnnxElementType type = left.ElementType;
        if (type is OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.Int16)
            return operation.As(Product(operation, operation.As(left, OnnxElementType.Int32), operation.As(right, OnnxElementType.Int32), rank), type);
        return operation.Graph.AddNode("MatMul", [left, right], rank: rank);
    }

    // The axes that go are brought to the left matrix's end and the right one's beginning.
    private static OnnxValue TensorDot(Operation operation, OnnxValue left, OnnxValue right, long[] leftAxes, long[] rightAxes)
    {
        OnnxGraph graph = operation.Graph;
        long[] leftRest = [.. Axes(left).Except(leftAxes)], rightRest = [.. Axes(right).Except(rightAxes)];
        OnnxValue one = graph.Transpose(left, [.. leftRest, .. leftAxes]), other = graph.Transpose(right, [.. rightAxes, .. rightRest]);
        OnnxValue rows = graph.Flatten(one, leftRest.Length), columns = graph.Flatten(other, rightAxes.Length);
        return operation.ReshapeTo(Product(operation, rows, columns, 2), [], operation.OutputShape);
    }

    private static IEnumerable<long> Axes(OnnxValue value) => Enumerable.Range(0, value.Rank!.Value).Select(axis => (long)axis);

    private static long[] FromFront(long[] axes, OnnxValue value) => [.. axes.Select(axis => axis < 0 ? axis + value.Rank!.Value : axis)];

    private static OnnxValue InFront(OnnxGraph graph, OnnxValue value, int rank) =>
        value.Rank < rank ? graph.Unsqueeze(value, [.. Enumerable.Range(0, rank - value.Rank!.Value).Select(axis => (long)axis)]) : value;

    private static OnnxValue Scaled(Operation operation, OnnxValue value, string factor) =>
        operation.Number(factor) is { } number and not 1 ? operation.Graph.Mul(value, number) : value;
}
