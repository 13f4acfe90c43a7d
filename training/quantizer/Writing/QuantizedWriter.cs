using MnistAdder.Onnx;
using MnistAdder.Onnx.Graphs;
using MnistAdder.OnnxQuantization.Calibration;
using MnistAdder.OnnxQuantization.Graphs;

namespace MnistAdder.OnnxQuantization.Writing;

/// <summary>Writes a model as a plan says: steps in integers in a form's own way, all others as they are.</summary>
/// <remarks>A value of integers is there in floats, under its own name, where a step in floats or the model's user reads it.</remarks>
internal abstract class QuantizedWriter(QuantizationPlan plan)
{
    private readonly Dictionary<string, QuantizedValue> _quantized = [];
    private readonly HashSet<string> _floats = [];

    protected QuantizationPlan Plan { get; } = plan;

    protected QuantizedGraph Graph { get; } = new(plan.Model.Proto.Graph);

    /// <summary>Writes the model.</summary>
    public QuantizedFile Write()
    {
        foreach (Step step in Plan.Model.Steps)
        {
            if (Plan.IsInteger(step))
                WriteInteger(step);
            else
                WriteFloat(step);
        }

        foreach (string output in Plan.Model.Outputs)
            EnsureFloat(output);
        ModelProto model = Plan.Model.Proto.Clone();
        model.Graph = Graph.Complete();
        if (model.Graph.Node.Any(node => node.Domain == RuntimeDomain) && model.OpsetImport.All(set => set.Domain != RuntimeDomain))
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = RuntimeDomain, Version = 1 });
        return new QuantizedFile(model, _quantized.Where(pair => Plan.IsMadeOfIntegers(pair.Key)).ToDictionary());
    }

    public const string RuntimeDomain = "com.microsoft";

    /// <summary>Writes a step of 8-bit inputs.</summary>
    protected abstract void WriteInteger(Step step);

    /// <summary>Writes what makes 8 bits of a value's floats.</summary>
    protected abstract QuantizedValue Quantize(string value);

    /// <summary>Writes what makes floats, under a value's own name, of its 8 bits.</summary>
    protected abstract void Dequantize(string value, QuantizedValue quantized);

    /// <summary>A value's 8 bits, which are made of its floats where a step in floats made it.</summary>
    protected QuantizedValue Quantized(string value)
    {
        if (!_quantized.TryGetValue(value, out QuantizedValue quantized))
            _quantized.Add(value, quantized = Quantize(value));
        return quantized;
    }

    /// <summary>Says that a value's 8 bits are there.</summary>
    protected void SetQuantized(string value, QuantizedValue quantized) => _quantized.Add(value, quantized);

    /// <summary>Writes a step's activation for floats that it has made.</summary>
    /// <param name="step">The step.</param>
    /// <param name="name">The floats.</param>
    protected void Activate(Step step, string name)
    {
        if (step.Activation is not { } activation)
            return;
        NodeProto node = activation.Clone();
        node.Input[0] = name;
        Graph.Add(node);
    }

    /// <summary>Says that a value's floats are there, which a step in integers made by itself.</summary>
    protected void SetFloats(string value) => _floats.Add(value);

    /// <summary>The name for floats that a step makes before its activation, if it has one.</summary>
    protected static string FloatOutput(Step step) => step.Node.Output[0];

    /// <summary>Writes a step of floats.</summary>
    protected virtual void WriteFloat(Step step)
    {
        foreach (string value in ModelGraph.Reads(step.Node))
            EnsureFloat(value);
        Graph.Add(step.Node.Clone());
        if (step.Activation is not null)
            Graph.Add(step.Activation.Clone());
    }

    /// <summary>Sees to it that a value is there in floats.</summary>
    protected void EnsureFloat(string value)
    {
        if (_quantized.TryGetValue(value, out QuantizedValue quantized) && Plan.IsMadeOfIntegers(value) && _floats.Add(value))
            Dequantize(value, quantized);
    }
}

/// <summary>Where a value's 8 bits are.</summary>
/// <param name="Name">The tensor of bytes.</param>
/// <param name="Bits">What they stand for.</param>
/// <param name="Order">Of the axes, or of what is left of them.</param>
internal readonly record struct QuantizedValue(string Name, Quantization Bits, AxisOrder Order = AxisOrder.AsIs);

/// <summary>How a value's numbers stand in memory.</summary>
internal enum AxisOrder
{
    /// <summary>As in the float model.</summary>
    AsIs,

    /// <summary>An image with the channels of a pixel side by side.</summary>
    ChannelsLast,

    /// <summary>A row that was such an image.</summary>
    FlattenedChannelsLast,
}

/// <summary>A quantised model, and which of its tensors are which of the float model's.</summary>
internal sealed record QuantizedFile(ModelProto Model, IReadOnlyDictionary<string, QuantizedValue> Values);
