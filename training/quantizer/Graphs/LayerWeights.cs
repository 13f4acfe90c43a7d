using MnistAdder.Onnx;
using MnistAdder.Onnx.Graphs;

namespace MnistAdder.OnnxQuantization.Graphs;

/// <summary>The constant weights of a convolution or a linear layer.</summary>
/// <param name="Weight">Outputs along the first axis: [outputs, inputs ÷ groups, …] or [outputs, inputs].</param>
/// <param name="Bias">[outputs]; null where the layer has none.</param>
internal sealed record LayerWeights(FloatTensor Weight, float[]? Bias)
{
    public int Outputs => (int)Weight.Shape[0];

    /// <summary>Weights of one output.</summary>
    public int Length => Weight.Values.Length / Outputs;

    /// <summary>Reads a Conv, a Gemm whose weights are turned, or a MatMul.</summary>
    /// <returns>Null for any other node, and where it does more than multiply an input with constants and add constants.</returns>
    public static LayerWeights? From(ModelGraph graph, NodeProto node)
    {
        if (!ModelGraph.Is(node, "Conv", "Gemm", "MatMul") || node.Input.Count < 2 || graph.Constant(node.Input[1]) is not { Values.Length: > 0 } weight)
            return null;
        bool isConvolution = node.OpType == "Conv";
        if (isConvolution ? weight.Shape.Length < 3 : weight.Shape.Length != 2)
            return null;
        if (node.OpType == "MatMul")
            weight = Transpose(weight);
        if (node.OpType == "Gemm" && (Integer(node, "transB") == 0 || Integer(node, "transA") != 0 || Number(node, "alpha") != 1 || Number(node, "beta") != 1))
            return null;
        if (node.Input.Count < 3 || node.Input[2].Length == 0)
            return new LayerWeights(weight, null);
        return graph.Constant(node.Input[2]) is { } bias && IsForEachOutput(bias.Shape, weight.Shape[0]) ? new LayerWeights(weight, bias.Values) : null;
    }

    /// <summary>Has all Gemms of constant weights take them with the outputs along the first axis.</summary>
    public static void TurnGemms(ModelGraph graph)
    {
        foreach (NodeProto node in graph.Nodes)
        {
            if (!ModelGraph.Is(node, "Gemm") || Integer(node, "transB") != 0 || graph.Constant(node.Input[1]) is not { Values.Length: > 0, Shape.Length: 2 } weight)
                continue;
            graph.SetInput(node, 1, graph.AddConstant(node.Input[1], Transpose(weight)));
            if (ModelGraph.Attribute(node, "transB") is { } transposes)
                node.Attribute.Remove(transposes);
            node.Attribute.Add(new AttributeProto { Name = "transB", Type = AttributeProto.Types.AttributeType.Int, I = 1 });
        }
    }

    /// <summary>The same layer for inputs whose numbers stand in another order.</summary>
    /// <param name="order">For each input its place until now.</param>
    public LayerWeights Reorder(ReadOnlySpan<int> order)
    {
        float[] values = new float[Weight.Values.Length];
        for (int output = 0; output < Outputs; output++)
        {
            for (int i = 0; i < order.Length; i++)
                values[(output * order.Length) + i] = Weight.Values[(output * order.Length) + order[i]];
        }

        return this with { Weight = Weight with { Values = values } };
    }

    private static bool IsForEachOutput(long[] shape, long outputs) => shape is [var size] && size == outputs || shape is [1, var row] && row == outputs;

    private static FloatTensor Transpose(FloatTensor matrix)
    {
        int rows = (int)matrix.Shape[0], columns = (int)matrix.Shape[1];
        float[] values = new float[matrix.Values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                values[(column * rows) + row] = matrix.Values[(row * columns) + column];
        }

        return new FloatTensor([columns, rows], values);
    }

    private static long Integer(NodeProto node, string name) => ModelGraph.Attribute(node, name)?.I ?? 0;

    private static float Number(NodeProto node, string name) => ModelGraph.Attribute(node, name)?.F ?? 1;
}
