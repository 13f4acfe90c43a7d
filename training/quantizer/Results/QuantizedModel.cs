using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MnistAdder.Onnx;
using MnistAdder.OnnxQuantization.Calibration;
using MnistAdder.OnnxQuantization.Graphs;
using MnistAdder.OnnxQuantization.Results;
using MnistAdder.OnnxQuantization.Writing;

namespace MnistAdder.OnnxQuantization;

/// <summary>A model in 8-bit integers.</summary>
public sealed class QuantizedModel
{
    /// <summary>The metadata entry that says that a model is quantised, and how many of its layers are.</summary>
    public const string MetadataKey = "quantization";

    private readonly FloatModel _floats;
    private readonly QuantizedFile _file;

    internal QuantizedModel(FloatModel floats, QuantizedFile file, IReadOnlyList<QuantizedLayer> layers, double loss, double? speed)
    {
        (_floats, _file, Layers, Loss, Speed) = (floats, file, layers, loss, speed);
        SetMetadata(MetadataKey, FormattableString.Invariant($"int8, {layers.Count(layer => layer.IsInteger)} of {layers.Count} layers"));
    }

    /// <summary>The convolutions and linear layers, in the order of computation.</summary>
    public IReadOnlyList<QuantizedLayer> Layers { get; }

    /// <summary>How much worse the model is, by <see cref="QuantizationOptions.Loss"/> or as the greatest relative error of its outputs.</summary>
    public double Loss { get; }

    /// <summary>The float model's time for the first batch of the calibration data over this one's, on one thread; null where it wasn't measured.</summary>
    public double? Speed { get; }

    /// <summary>The contents of the ONNX file.</summary>
    public byte[] ToArray() => _file.Model.ToByteArray();

    /// <summary>Sets an entry of the file's metadata, in place of one of that key.</summary>
    public void SetMetadata(string key, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (_file.Model.MetadataProps.FirstOrDefault(entry => entry.Key == key) is { } entry)
            entry.Value = value;
        else
            _file.Model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
    }

    /// <summary>Compares with the float model, layer by layer: where in the network accuracy is lost.</summary>
    /// <param name="data">Inputs of the model.</param>
    public QuantizationVerification Verify(CalibrationData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        string[] values = [.. _floats.Steps.Select(step => step.Output).Where(IsComparable)];
        OutputError[] errors = [.. values.Select(_ => new OutputError())], outputErrors = [.. _floats.Outputs.Select(_ => new OutputError())];
        using InferenceSession expected = Calibrator.WithOutputs(_floats.Proto, values);
        using InferenceSession actual = Calibrator.WithOutputs(_file.Model, values.Select(value => _file.Values[value].Name));
        foreach (IReadOnlyCollection<NamedOnnxValue> batch in data.Batches(expected))
        {
            using var one = expected.Run(batch, [.. _floats.Outputs, .. values]);
            using var other = actual.Run(batch, [.. _floats.Outputs, .. values.Select(value => _file.Values[value].Name)]);
            for (int i = 0; i < outputErrors.Length; i++)
                outputErrors[i].Add(one.ElementAt(i), other.ElementAt(i));
            for (int i = 0; i < values.Length; i++)
            {
                int at = outputErrors.Length + i;
                Compare(errors[i], (DenseTensor<float>)one.ElementAt(at).Value, (DenseTensor<byte>)other.ElementAt(at).Value, _file.Values[values[i]]);
            }
        }

        return new QuantizationVerification(
            [.. _floats.Outputs.Zip(outputErrors, (name, error) => new QuantizationDifference(name, error.Relative))],
            [.. values.Zip(errors, (name, error) => new QuantizationDifference(name, error.Relative))]);
    }

    // A row that was an image has lost the shape that tells its order; the image has been compared.
    private bool IsComparable(string value) => _file.Values.TryGetValue(value, out QuantizedValue quantized) && quantized.Order != AxisOrder.FlattenedChannelsLast;

    private static void Compare(OutputError error, DenseTensor<float> expected, DenseTensor<byte> actual, QuantizedValue value)
    {
        ReadOnlySpan<float> floats = expected.Buffer.Span;
        ReadOnlySpan<byte> bytes = actual.Buffer.Span;
        int channels = value.Order == AxisOrder.ChannelsLast ? expected.Dimensions[1] : 1;
        int pixels = value.Order == AxisOrder.ChannelsLast ? expected.Dimensions[2] * expected.Dimensions[3] : 1, image = channels * pixels;
        for (int i = 0; i < floats.Length; i++)
        {
            int within = i % image;
            error.Add(floats[i], value.Bits.Value(bytes[i - within + (within % pixels * channels) + (within / pixels)]));
        }
    }
}

/// <summary>A convolution or a linear layer of a quantised model.</summary>
/// <param name="Name">Its node's name.</param>
/// <param name="Operator">Its operator in the float model.</param>
/// <param name="IsInteger">Whether it computes in integers.</param>
/// <param name="TimeInFloats">
/// The whole model's time with this layer in floats over that with it in integers, when it was decided; below 1 it is faster in floats. Null where
/// it wasn't measured.
/// </param>
public sealed record QuantizedLayer(string Name, string Operator, bool IsInteger, double? TimeInFloats);

/// <summary>How far a quantised model is from the float one.</summary>
/// <param name="Outputs">The model's outputs.</param>
/// <param name="Layers">The values that are 8 bits in the quantised model, in the order of computation.</param>
public sealed record QuantizationVerification(IReadOnlyList<QuantizationDifference> Outputs, IReadOnlyList<QuantizationDifference> Layers)
{
    /// <summary>The greatest relative error of an output.</summary>
    public double Greatest => Outputs.Max(output => output.RelativeError);
}

/// <summary>How far a value is from the float model's.</summary>
/// <param name="Name">Its name in the float model.</param>
/// <param name="RelativeError">
/// The root of the mean squared difference over that of the mean square; of anything but floats the share of elements that differ.
/// </param>
public sealed record QuantizationDifference(string Name, double RelativeError);
