using MnistAdder.OnnxQuantization.Calibration;
using MnistAdder.OnnxQuantization.Graphs;
using MnistAdder.OnnxQuantization.Search;

namespace MnistAdder.OnnxQuantization;

/// <summary>
/// Brings an ONNX model of floats to 8-bit integers: weights with a scale for each output channel, activations by what they are on calibration data.
/// </summary>
/// <remarks>
/// <para>
/// Convolutions, linear layers, sums, products, concatenations, pools, Relu, Clip, Sigmoid and LeakyRelu between them are done in integers;
/// everything else stays as it is. A layer stays in floats where that is no slower on this machine, and where the loss asks for it.
/// </para>
/// <para>
/// Method: B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", arXiv:1712.05877;
/// R. Krishnamoorthi, "Quantizing deep convolutional networks for efficient inference", arXiv:1806.08342.
/// </para>
/// </remarks>
public static class OnnxQuantizer
{
    /// <summary>Quantises a model.</summary>
    /// <param name="model">The contents of an ONNX file of opset 13 or later, with its weights in it.</param>
    /// <param name="data">Inputs that are typical of the model's.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <returns>The quantised model: same inputs, outputs and metadata, and an entry <see cref="QuantizedModel.MetadataKey"/> in it.</returns>
    /// <exception cref="OnnxQuantizationException">
    /// It is no such model, has nothing to quantise, or nothing can be quantised within the loss; or a value on the calibration data is no number.
    /// </exception>
    /// <exception cref="Microsoft.ML.OnnxRuntime.OnnxRuntimeException">The calibration data don't fit the model's inputs.</exception>
    public static QuantizedModel Quantize(ReadOnlyMemory<byte> model, CalibrationData data, QuantizationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new QuantizationOptions();
        options.Check();
        options.Progress?.Invoke("reading the model");
        FloatModel floats = FloatModel.Read(model.ToArray());
        options.Progress?.Invoke("looking at its values on the calibration data");
        IReadOnlyDictionary<string, ValueStatistics> statistics = Calibrator.Run(floats, data, options.Calibration);
        using var search = new QuantizationSearch(floats, statistics, data, options);
        return search.Run();
    }
}
