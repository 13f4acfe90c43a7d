using System.Runtime.CompilerServices;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.Onnx.Graphs;

/// <summary>
/// Which values of a graph are, whatever its inputs are, numbers of at most a known magnitude: neither infinite nor NaN, nor near to
/// where floats end. Inputs of floats are never; what is computed from inputs of integers and from constants is, as far as it grows.
/// </summary>
/// <remarks>
/// Where a rewritten graph does the same sums in another order, or multiplies by zeros that weren't there, only such values are sure
/// to give the same: 0 · ∞ is NaN, 3e38 + 3e38 − 3e38 is infinite or not, and whether the greatest of a window with NaN is NaN depends
/// on the kernel that ONNX Runtime picks, which differs for 15 channels and 16. So no more is known of the sigmoid of an unknown value
/// than of the value: it may be NaN.
/// </remarks>
internal sealed class ValueBounds
{
    /// <summary>Far enough from 3.4e38 that no order of a sum's terms, nor a convolution that takes detours, overflows.</summary>
    public const double Limit = 1e30;

    // The numbers of the result are some of the first input's, in another order or shape.
    private static readonly string[] s_moving = ["Identity", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Gather", "Expand", "Tile"];

    private readonly ModelGraph _graph;
    private readonly Dictionary<string, double> _integers = [];

    // Infinite, or NaN after arithmetic with infinity, for what isn't bounded.
    private readonly Dictionary<string, double> _floats = [];

    private ValueBounds(ModelGraph graph) => _graph = graph;

    /// <summary>Analyses a graph as it is now.</summary>
    public static ValueBounds Of(ModelGraph graph)
    {
        var bounds = new ValueBounds(graph);
        foreach ((string name, ElementType type) in graph.Inputs)
        {
            if (GreatestMagnitude(type) is { } magnitude)
                bounds._integers[name] = magnitude;
        }

        // A valid graph has every node after those that it reads from.
        foreach (NodeProto node in graph.Nodes)
        {
            if (ModelGraph.Is(node, node.OpType))
                bounds.Add(node);
        }

        return bounds;
    }

    /// <summary>Whether values of a type have a greatest magnitude by themselves.</summary>
    public static bool IsInteger(ElementType type) => GreatestMagnitude(type) is not null;

    /// <summary>Whether every window of a pool has numbers of its input in it.</summary>
    /// <remarks>
    /// One that lies in the border alone has no number to give: the least float, or 0 ÷ 0. ONNX Runtime refuses a border as wide as the
    /// window, which leaves windows with gaps, and those beyond the border.
    /// </remarks>
    public static bool EveryWindowMeetsTheInput(NodeProto pool) =>
        (ModelGraph.Attribute(pool, "ceil_mode")?.I ?? 0) == 0 && ModelGraph.Attribute(pool, "dilations")?.Ints.All(gap => gap == 1) != false;

    /// <summary>The greatest magnitude that any number of a tensor of floats can have; null where there may be others.</summary>
    public double? Of(string value) => Magnitude(value) is var magnitude && magnitude <= Limit ? magnitude : null;

    private static double? GreatestMagnitude(ElementType type) => type switch
    {
        ElementType.Bool => 1,
        ElementType.Uint8 => byte.MaxValue,
        ElementType.Int8 => -(double)sbyte.MinValue,
        ElementType.Uint16 => ushort.MaxValue,
        ElementType.Int16 => -(double)short.MinValue,
        ElementType.Uint32 => uint.MaxValue,
        ElementType.Int32 => -(double)int.MinValue,
        ElementType.Uint64 => ulong.MaxValue,
        ElementType.Int64 => -(double)long.MinValue,
        _ => null,
    };

    private void Add(NodeProto node)
    {
        // Integers are followed as far as nothing is computed of them, which might wrap around.
        if (ModelGraph.Is(node, s_moving) && _integers.TryGetValue(Name(node, 0), out double integer))
            _integers[node.Output[0]] = integer;
        else if (Bound(node) is var bound && bound <= Limit)
            _floats[node.Output[0]] = bound;
    }

    private double Magnitude(string value)
    {
        if (_floats.TryGetValue(value, out double magnitude))
            return magnitude;
        if (_integers.ContainsKey(value) || _graph.Constant(value) is not { } constant)
            return double.PositiveInfinity;
        return _floats[value] = GreatestOf(constant.Values);
    }

    private double Bound(NodeProto node)
    {
        if (node.OpType == "Cast")
            return IsToFloat(node) ? _integers.GetValueOrDefault(Name(node, 0), double.PositiveInfinity) : double.PositiveInfinity;
        if (node.OpType == "OneHot")
            return Input(node, 2);
        double x = Input(node, 0);
        if (!(x <= Limit))
            return double.PositiveInfinity;
        return node.OpType switch
        {
            _ when ModelGraph.Is(node, s_moving) => x,
            "Relu" or "Abs" or "Neg" or "HardSwish" or "GlobalAveragePool" or "GlobalMaxPool" => x,
            "Sigmoid" or "Tanh" or "Softmax" or "Erf" => 1,
            "LeakyRelu" => x * Math.Max(1, Math.Abs(Number(node, "alpha", 0.01f))),
            "Elu" => Math.Max(x, Math.Abs(Number(node, "alpha", 1))),
            "HardSigmoid" => (x * Math.Abs(Number(node, "alpha", 0.2f))) + Math.Abs(Number(node, "beta", 0.5f)) <= Limit ? 1 : double.PositiveInfinity,
            "Pad" => Math.Max(x, Optional(node, 2)),
            "Clip" => Math.Max(x, Math.Max(Optional(node, 1), Optional(node, 2))),
            "Dropout" when node.Input.Count < 3 => x,
            "MaxPool" or "AveragePool" when EveryWindowMeetsTheInput(node) => x,
            "Concat" or "Max" or "Min" => Greatest(node.Input.Select(Magnitude)),
            "Add" or "Sub" or "Sum" => node.Input.Sum(Magnitude),
            "Mul" => x * Input(node, 1),
            "Div" => x * GreatestReciprocal(Name(node, 1)),
            "Conv" => (x * SumOfWeights(node, outputsAreRows: true)) + Optional(node, 2),
            "Gemm" => Gemm(node, x),
            "MatMul" => x * SumOfWeights(node, outputsAreRows: false),
            "BatchNormalization" => Normalization(node, x),
            _ => double.PositiveInfinity,
        };
    }

    private double Gemm(NodeProto node, double x)
    {
        bool outputsAreRows = (ModelGraph.Attribute(node, "transB")?.I ?? 0) != 0;
        return (x * Math.Abs(Number(node, "alpha", 1)) * SumOfWeights(node, outputsAreRows)) + (Math.Abs(Number(node, "beta", 1)) * Optional(node, 2));
    }

    private double Normalization(NodeProto node, double x) =>
        BatchNormalization.From(_graph, node) is not { } parameters
            ? double.PositiveInfinity
            : Greatest(Enumerable.Range(0, parameters.Channels)
                .Select(channel => ((x + Math.Abs(parameters.Mean[channel])) * Math.Abs(parameters.Factor[channel])) + Math.Abs(parameters.Shift[channel])));

    // The greatest sum, over the outputs, of the weights' magnitudes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double SumOfWeights(NodeProto node, bool outputsAreRows)
    {
        if (_graph.Constant(Name(node, 1)) is not { Values.Length: > 0, Shape.Length: > 1 } weight || (node.OpType != "Conv" && weight.Shape.Length != 2))
            return double.PositiveInfinity;
        int rows = (int)weight.Shape[0], columns = weight.Values.Length / rows;
        double[] sums = new double[outputsAreRows ? rows : columns];
        for (int row = 0, i = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++, i++)
                sums[outputsAreRows ? row : column] += Math.Abs(weight.Values[i]);
        }

        return Greatest(sums);
    }

    private double GreatestReciprocal(string value) =>
        _graph.Constant(value) is { Values.Length: > 0 } divisor ? Greatest(divisor.Values.Select(number => 1.0 / Math.Abs(number))) : double.PositiveInfinity;

    private double Input(NodeProto node, int index) => Magnitude(Name(node, index));

    private double Optional(NodeProto node, int index) => Name(node, index).Length == 0 ? 0 : Input(node, index);

    private static string Name(NodeProto node, int index) => index < node.Input.Count ? node.Input[index] : "";

    private static float Number(NodeProto node, string attribute, float otherwise) => ModelGraph.Attribute(node, attribute)?.F ?? otherwise;

    private static bool IsToFloat(NodeProto node) => ModelGraph.Attribute(node, "to")?.I == (long)ElementType.Float;

    // Loops over weights aren't left to be compiled a second time once they have run long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double GreatestOf(float[] values)
    {
        float greatest = 0;
        foreach (float value in values)
            greatest = Math.Max(greatest, Math.Abs(value));
        return greatest;
    }

    // NaN where one is: Math.Max says so, Enumerable.Max doesn't.
    private static double Greatest(IEnumerable<double> magnitudes) => magnitudes.Aggregate(0.0, Math.Max);
}
