using MnistAdder.Onnx;
using MnistAdder.OnnxQuantization.Calibration;
using MnistAdder.OnnxQuantization.Graphs;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxQuantization.Writing;

/// <summary>ONNX Runtime's operators of 8-bit integers, in which an image has the channels of a pixel side by side.</summary>
/// <remarks>
/// Operators: github.com/microsoft/onnxruntime, docs/ContribOperators.md. An image's axes are put into their order before it gets 8 bits:
/// ONNX Runtime does that for nothing where it leaves the blocks of channels that its convolutions of floats compute in.
/// </remarks>
internal sealed class RuntimeWriter(QuantizationPlan plan) : QuantizedWriter(plan)
{
    private const int ImageRank = 4;
    private const float Half = 0.5f;

    // Values that a convolution in floats, and a pool behind it, give in steps of their 8 bits, half a step too high and cut to the range.
    private readonly HashSet<string> _inSteps = [];

    protected override void WriteFloat(Step step)
    {
        if (Bytes(step) is not { } bits)
        {
            base.WriteFloat(step);
            return;
        }

        _inSteps.Add(step.Output);
        LayerWeights layer = step.Weights!;
        float[] weights = Array.ConvertAll(layer.Weight.Values, weight => weight / bits.Scale);
        float[] bias = [.. Enumerable.Range(0, layer.Outputs).Select(output => ((layer.Bias?[output] ?? 0) / bits.Scale) + Half)];
        string name = step.Node.Input[1];
        string[] inputs =
        [
            step.Node.Input[0], Graph.Constant<float>($"{name}/in_steps", ElementType.Float, weights, layer.Weight.Shape),
            Graph.Constant<float>($"{name}/bias_in_steps", ElementType.Float, bias, layer.Outputs),
        ];
        EnsureFloat(step.Node.Input[0]);
        string steps = Graph.Add("Conv", "", inputs, Graph.Name($"{step.Output}/in_steps"), step.Node.Attribute.Select(attribute => attribute.Clone()));
        string[] cut = [steps, Graph.Constant<float>($"{name}/least", ElementType.Float, [Half]), Graph.Constant<float>($"{name}/greatest", ElementType.Float, [byte.MaxValue + Half])];
        Graph.Add("Clip", "", cut, step.Output);
    }

    // What the 8 bits stand for of an image that a convolution in floats gives, if nothing but integers, at most a pool away, are made of it.
    private Quantization? Bytes(Step step)
    {
        if (step.Kind != StepKind.Convolution || step.Activation?.OpType != "Relu" || !IsImage(step.Output))
            return null;
        Step? pool = Plan.OnlyReader(step.Output) is { Kind: StepKind.MaxPool } reader && !Plan.IsInteger(reader) ? reader : null;
        string value = pool?.Output ?? step.Output;
        return Plan.IsOnlyReadByIntegers(value) && Plan.Of(value) is { ZeroPoint: 0 } bits ? bits : null;
    }

    protected override QuantizedValue Quantize(string value)
    {
        Quantization bits = Plan.Of(value);
        AxisOrder order = IsImage(value) ? AxisOrder.ChannelsLast : AxisOrder.AsIs;
        if (IsInSteps(value))
        {
            string last = Graph.Add("Transpose", "", [value], Graph.Name($"{value}/channels_last"), QuantizedGraph.Attribute("perm", 0, 2, 3, 1));
            string bytes = Graph.Add("Cast", "", [last], Graph.Name($"{value}/quantized"), QuantizedGraph.Attribute("to", (long)ElementType.Uint8));
            return new QuantizedValue(bytes, bits, order);
        }

        string floats = order == AxisOrder.AsIs ? value : Graph.Add("Transpose", "", [value], Graph.Name($"{value}/channels_last"), QuantizedGraph.Attribute("perm", 0, 2, 3, 1));
        return new QuantizedValue(Graph.Add("QuantizeLinear", "", [floats, .. Constants(bits)], Graph.Name($"{value}/quantized")), bits, order);
    }

    protected override void Dequantize(string value, QuantizedValue quantized)
    {
        string[] inputs = [quantized.Name, .. Constants(quantized.Bits)];
        if (quantized.Order == AxisOrder.AsIs)
        {
            Graph.Add("DequantizeLinear", "", inputs, value);
            return;
        }

        // ONNX Runtime 1.31 ends the process where it moves a Transpose whose output a graph inside of a node captures.
        if (Plan.Model.Captured.Contains(value))
        {
            string bytes = Graph.Add("Transpose", "", [quantized.Name], Graph.Name($"{value}/channels_first"), QuantizedGraph.Attribute("perm", 0, 3, 1, 2));
            Graph.Add("DequantizeLinear", "", [bytes, .. Constants(quantized.Bits)], value);
            return;
        }

        string floats = Graph.Add("DequantizeLinear", "", inputs, Graph.Name($"{value}/channels_last"));
        Graph.Add("Transpose", "", [floats], value, QuantizedGraph.Attribute("perm", 0, 3, 1, 2));
    }

    protected override void WriteInteger(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Convolution:
                WriteConvolution(step);
                break;
            case StepKind.Linear:
                WriteLinear(step);
                break;
            case StepKind.Product:
                WriteProduct(step);
                break;
            case StepKind.Sum:
                Write(step, "QLinearAdd", [.. Tensor(step.Inputs[0]), .. Tensor(step.Inputs[1]), .. Constants(Plan.Of(step.Output))]);
                break;
            case StepKind.Multiplication:
                Write(step, "QLinearMul", [.. Tensor(step.Inputs[0]), .. Tensor(step.Inputs[1]), .. Constants(Plan.Of(step.Output))]);
                break;
            case StepKind.Concatenation:
                WriteConcatenation(step);
                break;
            case StepKind.MaxPool:
                WriteMaxPool(step);
                break;
            case StepKind.AveragePool:
                Write(step, "QLinearAveragePool", [.. Tensor(step.Inputs[0]), .. Constants(Plan.Of(step.Output))], [.. step.Node.Attribute, ChannelsLast(step)]);
                break;
            case StepKind.GlobalAveragePool:
                Write(step, "QLinearGlobalAveragePool", [.. Tensor(step.Inputs[0]), .. Constants(Plan.Of(step.Output))], ChannelsLast(step));
                break;
            case StepKind.Sigmoid:
                Write(step, "QLinearSigmoid", [.. Tensor(step.Inputs[0]), .. Constants(Plan.Of(step.Output))]);
                break;
            case StepKind.LeakyRelu:
                Write(step, "QLinearLeakyRelu", [.. Tensor(step.Inputs[0]), .. Constants(Plan.Of(step.Output))], step.Node.Attribute);
                break;
            case StepKind.Flatten:
                WriteFlatten(step);
                break;
            default:
                throw new InvalidOperationException($"There are no integers for {step.Kind}.");
        }
    }

    private void WriteConvolution(Step step)
    {
        bool isImage = IsImage(step.Inputs[0]);
        string[] inputs = [.. Tensor(step.Inputs[0]), .. Weights(step, step.Weights!, out string bias), .. Constants(Plan.Of(step.Output)), .. bias.Length > 0 ? [bias] : Array.Empty<string>()];
        if (isImage)
            Write(step, "QLinearConv", inputs, [.. step.Node.Attribute, QuantizedGraph.Attribute("channels_last", 1)]);
        else
            Write(step, "QLinearConv", inputs, step.Node.Attribute, domain: "");
    }

    private void WriteLinear(Step step)
    {
        QuantizedValue input = Quantized(step.Inputs[0]);
        LayerWeights layer = input.Order == AxisOrder.FlattenedChannelsLast ? step.Weights!.Reorder(PixelOrder(step.Inputs[0])) : step.Weights!;
        string[] inputs = [.. Tensor(step.Inputs[0]), .. Weights(step, layer, out string bias), bias];
        AttributeProto transposes = QuantizedGraph.Attribute("transB", 1);
        if (Plan.HasIntegerReader(step.Output))
        {
            Write(step, "QGemm", [.. inputs, .. Constants(Plan.Of(step.Output))], [transposes]);
            return;
        }

        Graph.Add("QGemm", RuntimeDomain, inputs, FloatOutput(step), transposes);
        Activate(step, FloatOutput(step));
    }

    // Gives floats, since what follows a product in a model of more than two axes is rarely anything else.
    private void WriteProduct(Step step)
    {
        LayerWeights layer = step.Weights!;
        QuantizedValue input = Quantized(step.Inputs[0]);
        IntegerWeights weights = IntegerWeights.Of(layer, input.Bits);
        (string scale, string zeroPoint) = Graph.Constants(input.Bits);
        string name = step.Node.Input[1];
        string matrix = Graph.Constant<sbyte>($"{name}/quantized", ElementType.Int8, weights.Columns(), layer.Length, layer.Outputs);
        string scales = Graph.Constant<float>($"{name}/scales", ElementType.Float, weights.Scales, layer.Outputs);
        string zeros = Graph.Constant<sbyte>($"{name}/zero_points", ElementType.Int8, new sbyte[layer.Outputs], layer.Outputs);
        Graph.Add("MatMulIntegerToFloat", RuntimeDomain, [input.Name, matrix, scale, scales, zeroPoint, zeros], FloatOutput(step));
        Activate(step, FloatOutput(step));
        SetFloats(step.Output);
        if (Plan.HasIntegerReader(step.Output))
            SetQuantized(step.Output, Quantize(step.Output));
    }

    private void WriteConcatenation(Step step)
    {
        long axis = step.Node.Attribute.First(attribute => attribute.Name == "axis").I;
        int rank = Plan.Shape(step.Output).Length;
        if (axis < 0)
            axis += rank;
        if (IsImage(step.Output))
            axis = axis switch { 0 => 0, 1 => 3, _ => axis - 1 };
        Write(step, "QLinearConcat", [.. Constants(Plan.Of(step.Output)), .. step.Inputs.SelectMany(Tensor)], [QuantizedGraph.Attribute("axis", axis)]);
    }

    private void WriteMaxPool(Step step)
    {
        string input = Quantized(step.Inputs[0]).Name;
        IEnumerable<AttributeProto> attributes = step.Node.Attribute.Where(attribute => attribute.Name != "storage_order");
        if (IsImage(step.Output))
            Write(step, "NhwcMaxPool", [input], attributes);
        else
            Write(step, "MaxPool", [input], attributes, domain: "");
    }

    private void WriteFlatten(Step step)
    {
        QuantizedValue input = Quantized(step.Inputs[0]);
        string row = Graph.Add("Flatten", "", [input.Name], Graph.Name($"{step.Output}/quantized"), QuantizedGraph.Attribute("axis", 1));
        SetQuantized(step.Output, new QuantizedValue(row, input.Bits, input.Order == AxisOrder.ChannelsLast ? AxisOrder.FlattenedChannelsLast : AxisOrder.AsIs));
    }

    // Where each number of a row of an image's pixels, with the channels side by side, is with the channels one after the other.
    private int[] PixelOrder(string row)
    {
        Step flatten = Plan.Model.Steps.First(step => step.Output == row);
        int[] shape = Plan.Shape(flatten.Inputs[0]);
        int channels = shape[1], pixels = shape[2] * shape[3];
        return [.. Enumerable.Range(0, channels * pixels).Select(i => (i % channels * pixels) + (i / channels))];
    }

    private bool IsInSteps(string value) => _inSteps.Contains(value) || (Plan.Producer(value) is { Kind: StepKind.MaxPool } pool && _inSteps.Contains(pool.Inputs[0]));

    private bool IsImage(string value) => Plan.Shape(value).Length == ImageRank;

    private AttributeProto ChannelsLast(Step step) => QuantizedGraph.Attribute("channels_last", IsImage(step.Inputs[0]) ? 1 : 0);

    private string[] Constants(Quantization bits)
    {
        (string scale, string zeroPoint) = Graph.Constants(bits);
        return [scale, zeroPoint];
    }

    private string[] Tensor(string value)
    {
        QuantizedValue quantized = Quantized(value);
        return [quantized.Name, .. Constants(quantized.Bits)];
    }

    private string[] Weights(Step step, LayerWeights layer, out string bias)
    {
        IntegerWeights weights = IntegerWeights.Of(layer, Quantized(step.Inputs[0]).Bits);
        string name = step.Node.Input[1];
        bias = weights.Bias is null ? "" : Graph.Constant<int>($"{step.Node.Input[2]}/quantized", ElementType.Int32, weights.Bias, layer.Outputs);
        return
        [
            Graph.Constant<sbyte>($"{name}/quantized", ElementType.Int8, weights.Weight, layer.Weight.Shape),
            Graph.Constant<float>($"{name}/scales", ElementType.Float, weights.Scales, layer.Outputs),
            Graph.Constant<sbyte>($"{name}/zero_points", ElementType.Int8, new sbyte[layer.Outputs], layer.Outputs),
        ];
    }

    private void Write(Step step, string operation, IEnumerable<string> inputs, params IEnumerable<AttributeProto> attributes) =>
        Write(step, operation, inputs, attributes, RuntimeDomain);

    private void Write(Step step, string operation, IEnumerable<string> inputs, IEnumerable<AttributeProto> attributes, string domain)
    {
        string bytes = Graph.Add(operation, domain, inputs, Graph.Name($"{step.Output}/quantized"), attributes.Select(attribute => attribute.Clone()));
        SetQuantized(step.Output, new QuantizedValue(bytes, Plan.Of(step.Output), IsImage(step.Output) ? AxisOrder.ChannelsLast : AxisOrder.AsIs));
    }
}
