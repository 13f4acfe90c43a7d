using MnistAdder.Onnx;
using MnistAdder.OnnxQuantization.Calibration;
using MnistAdder.OnnxQuantization.Graphs;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxQuantization.Writing;

/// <summary>ONNX's own operators between DequantizeLinear and QuantizeLinear, which a runtime makes one operator of integers of.</summary>
internal sealed class StandardWriter(QuantizationPlan plan) : QuantizedWriter(plan)
{
    protected override QuantizedValue Quantize(string value) => Quantize(value, value);

    protected override void Dequantize(string value, QuantizedValue quantized) => Dequantize(quantized, value);

    protected override void WriteInteger(Step step)
    {
        NodeProto node = step.Node.Clone();
        foreach (string input in step.Inputs.Distinct())
        {
            // Each reader has one of its own: a runtime merges it with that reader.
            string floats = Dequantize(Quantized(input), Graph.Name($"{input}/dequantized"));
            for (int i = 0; i < node.Input.Count; i++)
            {
                if (node.Input[i] == input)
                    node.Input[i] = floats;
            }
        }

        if (step.Weights is { } layer)
            SetWeights(step, node, layer);
        bool isQuantized = Plan.HasIntegerReader(step.Output) || step.Kind is not (StepKind.Linear or StepKind.Product);
        if (!isQuantized)
        {
            Graph.Add(node);
            Activate(step, FloatOutput(step));
            return;
        }

        // A Relu or Clip is left out: the 8 bits end where it cuts.
        node.Output[0] = Graph.Name($"{step.Output}/floats");
        Graph.Add(node);
        SetQuantized(step.Output, Quantize(step.Output, node.Output[0]));
    }

    private QuantizedValue Quantize(string value, string floats)
    {
        Quantization bits = Plan.Of(value);
        (string scale, string zeroPoint) = Graph.Constants(bits);
        return new QuantizedValue(Graph.Add("QuantizeLinear", "", [floats, scale, zeroPoint], Graph.Name($"{value}/quantized")), bits);
    }

    private string Dequantize(QuantizedValue quantized, string output)
    {
        (string scale, string zeroPoint) = Graph.Constants(quantized.Bits);
        return Graph.Add("DequantizeLinear", "", [quantized.Name, scale, zeroPoint], output);
    }

    private void SetWeights(Step step, NodeProto node, LayerWeights layer)
    {
        Quantization input = Plan.Of(step.Inputs[0]);
        bool isProduct = step.Kind == StepKind.Product;
        IntegerWeights weights = IntegerWeights.Of(layer, input);
        long outputs = layer.Outputs;
        string name = node.Input[1];
        string quantized = isProduct
            ? Graph.Constant<sbyte>($"{name}/quantized", ElementType.Int8, weights.Columns(), layer.Length, outputs)
            : Graph.Constant<sbyte>($"{name}/quantized", ElementType.Int8, weights.Weight, layer.Weight.Shape);
        string scales = Graph.Constant<float>($"{name}/scales", ElementType.Float, weights.Scales, outputs);
        string zeros = Graph.Constant<sbyte>($"{name}/zero_points", ElementType.Int8, new sbyte[outputs], outputs);
        node.Input[1] = Graph.Add("DequantizeLinear", "", [quantized, scales, zeros], Graph.Name($"{name}/dequantized"), QuantizedGraph.Attribute("axis", isProduct ? 1 : 0));
        if (weights.Bias is not { } bias)
            return;
        string biasName = node.Input[2];
        string integers = Graph.Constant<int>($"{biasName}/quantized", ElementType.Int32, bias, outputs);
        string biasScales = Graph.Constant<float>($"{biasName}/scales", ElementType.Float, weights.BiasScales(input), outputs);
        string biasZeros = Graph.Constant<int>($"{biasName}/zero_points", ElementType.Int32, new int[outputs], outputs);
        node.Input[2] = Graph.Add("DequantizeLinear", "", [integers, biasScales, biasZeros], Graph.Name($"{biasName}/dequantized"), QuantizedGraph.Attribute("axis", 0));
    }
}
