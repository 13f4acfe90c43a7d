using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.Onnx.Graphs;

/// <summary>
/// Scales and shifts by constants between an input of 8-bit integers and a Conv, as they bring grey levels to mean 0 and deviation 1,
/// go into the Conv: x·a + b before it is weights times a, and b times their sum as bias.
/// </summary>
/// <remarks>
/// A Conv that lays zeros around its input takes the scale only, since its zeros aren't shifted; of several nodes one Add by b ÷ a is
/// left then. Only 8-bit integers, whose range is known: elsewhere what the shift takes away may be all that matters, and subtracting it
/// after the sum instead of before would lose digits. For the same reason no node of them may shift by more than the range, nor by or to
/// sizes at which digits are lost already.
/// </remarks>
internal static class InputScalingFolding
{
    private const double LargestInput = 255;
    private const double LeastScale = 1e-10, LeastShift = 1e-10;

    /// <summary>Folds wherever it can.</summary>
    /// <returns>Whether it could anywhere.</returns>
    public static bool Apply(ModelGraph graph)
    {
        bool changed = false;
        foreach (NodeProto node in graph.Nodes)
        {
            if (ModelGraph.Is(node, "Conv") && node.Input.Count > 1)
                changed |= TryFold(graph, node);
        }

        return changed;
    }

    private static bool TryFold(ModelGraph graph, NodeProto conv)
    {
        var chain = new List<NodeProto>();
        var steps = new Stack<(double A, double B)>();
        string value = conv.Input[0];
        NodeProto reader = conv;
        // From the Conv upwards.
        while (graph.Producer(value) is { } node && graph.IsOnlyReadBy(value, reader) && Step(graph, node) is var (input, a, b))
        {
            chain.Add(node);
            steps.Push((a, b));
            (reader, value) = (node, input);
        }

        if (chain.Count == 0 || !IsOfBytes(graph, value) || Compose(steps) is not var (scale, shift) || LinearLayer.From(graph, conv) is not { } layer)
            return false;
        if (LinearLayer.IsFollowedByConstants(graph, conv.Output[0]) || !layer.IsBounded((Math.Abs(scale) * LargestInput) + Math.Abs(shift)))
            return false;

        if (layer.HasNoPadding || shift == 0)
        {
            if (!layer.TryScale(graph, _ => scale, output => layer.Bias[output] + (shift * Sum(layer, output))))
                return false;
            graph.SetInput(conv, 0, value);
            chain.ForEach(graph.Remove);
            return true;
        }

        if (chain.Count == 1 || FloatTensor.Round([], [shift / scale]) is not { } offset || !layer.TryScale(graph, _ => scale, output => layer.Bias[output]))
            return false;
        NodeProto add = chain[^1];
        add.OpType = "Add";
        graph.SetInput(add, 0, value);
        graph.SetInput(add, 1, graph.AddConstant(add.Output[0], offset));
        graph.SetInput(conv, 0, add.Output[0]);
        chain[..^1].ForEach(graph.Remove);
        return true;
    }

    // An 8-bit integer as a float.
    private static bool IsOfBytes(ModelGraph graph, string value) =>
        graph.Producer(value) is { } cast && ModelGraph.Is(cast, "Cast") && cast.Input.Count == 1
        && ModelGraph.Attribute(cast, "to")?.I == (long)ElementType.Float
        && graph.Inputs.GetValueOrDefault(cast.Input[0]) is ElementType.Uint8 or ElementType.Int8;

    // The steps, from the integers on, as one; null where what one of them gives isn't of the size of its input's scale.
    private static (double Scale, double Shift)? Compose(IEnumerable<(double A, double B)> steps)
    {
        double scale = 1, shift = 0;
        foreach ((double a, double b) in steps)
        {
            scale *= a;
            shift = (shift * a) + b;
            double offset = Math.Abs(shift / scale);
            if (!(Math.Abs(scale) is >= LeastScale and <= 1 / LeastScale) || !(offset is 0 or >= LeastShift and <= LargestInput))
                return null;
        }

        return (scale, shift);
    }

    // What a node of the chain does: its output is A times its input plus B.
    private static (string Input, double A, double B)? Step(ModelGraph graph, NodeProto node)
    {
        if (!ModelGraph.Is(node, "Add", "Sub", "Mul", "Div") || node.Input.Count != 2 || node.Attribute.Count > 0)
            return null;
        (string input, FloatTensor? constant) = (node.Input[0], graph.Constant(node.Input[1]));
        if (constant is null && node.OpType is "Add" or "Mul")
            (input, constant) = (node.Input[1], graph.Constant(node.Input[0]));
        if (constant is not { IsScalar: true, Values: [float number] })
            return null;
        return node.OpType switch
        {
            "Add" => (input, 1, number),
            "Sub" => (input, 1, -number),
            "Mul" => (input, number, 0),
            _ => (input, 1.0 / number, 0),
        };
    }

    private static double Sum(LinearLayer layer, int output)
    {
        double sum = 0;
        foreach (float weight in layer.Weight.Values.AsSpan(output * layer.WeightsPerOutput, layer.WeightsPerOutput))
            sum += weight;
        return sum;
    }
}
