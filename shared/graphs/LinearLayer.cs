using System.Runtime.CompilerServices;

namespace MnistAdder.Onnx.Graphs;

/// <summary>A Conv or Gemm node whose weights and bias are constants, with the output channels as the weights' first axis.</summary>
internal sealed class LinearLayer
{
    private const int WeightInput = 1, BiasInput = 2;

    // Outside of these a factor or a weight is none of a network's that learned something: it may have lost digits, near to where floats
    // end, or make others lose them, which a product that is rounded once instead of twice would show.
    private const double LeastFactor = 1e-10, LeastWeight = 1e-20;

    private LinearLayer(NodeProto node, FloatTensor weight, float[] bias)
    {
        Node = node;
        Weight = weight;
        Bias = bias;
    }

    /// <summary>The node.</summary>
    public NodeProto Node { get; }

    /// <summary>[outputs, …]; of a Conv [outputs, inputs ÷ groups, height, width] or the like for other dimensions.</summary>
    public FloatTensor Weight { get; }

    /// <summary>[outputs]; zeros where the node has none.</summary>
    public float[] Bias { get; }

    /// <summary>Output channels, at least 1.</summary>
    public int Outputs => Bias.Length;

    /// <summary>Weights of one output channel.</summary>
    public int WeightsPerOutput => Weight.Values.Length / Outputs;

    /// <summary>Whether the input is convolved without a border of zeros.</summary>
    public bool HasNoPadding =>
        (ModelGraph.Attribute(Node, "auto_pad")?.S.ToStringUtf8() ?? "NOTSET") switch
        {
            "NOTSET" => ModelGraph.Attribute(Node, "pads") is not { } pads || pads.Ints.All(pad => pad == 0),
            var kind => kind == "VALID",
        };

    /// <summary>
    /// Whether ONNX Runtime is about to multiply constants into the weights that give a value, or add them to the bias: they may be of a
    /// size for which other weights than the file's overflow, or 0 · ∞ is NaN.
    /// </summary>
    public static bool IsFollowedByConstants(ModelGraph graph, string value) =>
        graph.OnlyConsumers(value) is [{ } reader] && ModelGraph.Is(reader, "BatchNormalization", "Mul", "Div", "Add", "Sub")
        && reader.Input.Any(input => graph.Constant(input) is not null);

    /// <summary>Reads a node.</summary>
    /// <returns><see langword="null"/> for any other node, also a Gemm that transposes or scales in other ways than a linear layer's.</returns>
    public static LinearLayer? From(ModelGraph graph, NodeProto node)
    {
        bool isConv = ModelGraph.Is(node, "Conv");
        if ((!isConv && !IsPlainGemm(node)) || node.Input.Count is < 2 or > 3)
            return null;
        if (graph.Constant(node.Input[WeightInput]) is not { } weight || weight.Values.Length == 0 || (isConv ? weight.Shape.Length < 3 : weight.Shape.Length != 2))
            return null;
        int outputs = (int)weight.Shape[0];
        if (!HasBias(node))
            return new LinearLayer(node, weight, new float[outputs]);
        return graph.Constant(node.Input[BiasInput]) is { } bias && bias.IsVector(outputs) ? new LinearLayer(node, weight, bias.Values) : null;
    }

    /// <summary>The greatest magnitude of an output, and of every partial sum of it, for inputs up to one, the border's zeros included.</summary>
    public double Reach(int output, double input) => (input * SumOfMagnitudes(output)) + Math.Abs(Bias[output]);

    /// <summary>Whether every output, for inputs up to a magnitude, is as bounded as <see cref="ValueBounds"/> asks for.</summary>
    public bool IsBounded(double input) => Enumerable.Range(0, Outputs).All(output => Reach(output, input) <= ValueBounds.Limit);

    /// <summary>Multiplies what the weights give by a number for each output, and adds one, in the graph.</summary>
    /// <returns>
    /// Whether it was done: not where a number is no finite float, nor where a factor or a weight, now or then, is of a size that doesn't
    /// occur in earnest; zeros do.
    /// </returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryScale(ModelGraph graph, Func<int, double> factor, Func<int, double> bias)
    {
        double[] weights = new double[Weight.Values.Length], biases = new double[Outputs];
        for (int output = 0; output < Outputs; output++)
        {
            double scale = factor(output);
            if (!IsOrdinary(scale, LeastFactor))
                return false;
            biases[output] = bias(output);
            for (int i = output * WeightsPerOutput; i < (output + 1) * WeightsPerOutput; i++)
            {
                weights[i] = Weight.Values[i] * scale;
                if (!IsOrdinary(Weight.Values[i], LeastWeight) || !IsOrdinary(weights[i], LeastWeight))
                    return false;
            }
        }

        if (FloatTensor.Round(Weight.Shape, weights) is not { } newWeight || FloatTensor.Round([Outputs], biases) is not { } newBias)
            return false;
        SetWeight(graph, newWeight);
        SetBias(graph, newBias);
        return true;
    }

    /// <summary>Gives the node other weights.</summary>
    public void SetWeight(ModelGraph graph, FloatTensor weight) =>
        graph.SetInput(Node, WeightInput, graph.AddConstant(Node.Input[WeightInput], weight));

    /// <summary>Gives the node another bias; zeros are left out where it has none.</summary>
    public void SetBias(ModelGraph graph, FloatTensor bias)
    {
        if (HasBias(Node))
            graph.SetInput(Node, BiasInput, graph.AddConstant(Node.Input[BiasInput], bias));
        else if (bias.Values.AsSpan().ContainsAnyExcept(0f))
            graph.SetInput(Node, BiasInput, graph.AddConstant(Node.Input[WeightInput] + "/bias", bias));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double SumOfMagnitudes(int output)
    {
        double sum = 0;
        foreach (float weight in Weight.Values.AsSpan(output * WeightsPerOutput, WeightsPerOutput))
            sum += Math.Abs(weight);
        return sum;
    }

    private static bool IsOrdinary(double number, double least) => number == 0 || (Math.Abs(number) >= least && Math.Abs(number) <= 1 / least);

    private static bool HasBias(NodeProto node) => node.Input.Count > BiasInput && node.Input[BiasInput].Length > 0;

    private static bool IsPlainGemm(NodeProto node) =>
        ModelGraph.Is(node, "Gemm")
        && (ModelGraph.Attribute(node, "transA")?.I ?? 0) == 0 && (ModelGraph.Attribute(node, "transB")?.I ?? 0) == 1
        && (ModelGraph.Attribute(node, "alpha")?.F ?? 1) == 1 && (ModelGraph.Attribute(node, "beta")?.F ?? 1) == 1;
}
