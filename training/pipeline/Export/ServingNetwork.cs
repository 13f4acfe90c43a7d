using MnistAdder.OnnxExport;
using MnistAdder.Training.Network;
using static TorchSharp.torch;

namespace MnistAdder.Training.Export;

/// <summary>
/// What <c>model.onnx</c> computes: the network between raw pixels and whole answers, so that no client has to normalise, encode or pick the
/// most likely class.
/// </summary>
/// <remarks>Inputs and outputs are those of <see cref="ModelContract"/>, in its order.</remarks>
internal sealed class ServingNetwork : nn.Module<Tensor, Tensor, (Tensor Digit, Tensor DigitProbabilities, Tensor Sum, Tensor SumProbabilities)>
{
    private const double White = 255;

    private static readonly OnnxDimension s_batch = OnnxDimension.Symbolic(ModelContract.BatchDimension);

    private static readonly OnnxTensorInfo[] s_inputs =
    [
        new(ModelContract.Image, OnnxElementType.UInt8, [s_batch, 1, MnistGeometry.Side, MnistGeometry.Side]),
        new(ModelContract.Number, OnnxElementType.Int64, [s_batch, 1]),
    ];

    private static readonly OnnxTensorInfo[] s_outputs =
    [
        new(ModelContract.Digit, OnnxElementType.Int64, [s_batch]),
        new(ModelContract.DigitProbabilities, OnnxElementType.Float, [s_batch, ModelContract.DigitClasses]),
        new(ModelContract.Sum, OnnxElementType.Int64, [s_batch]),
        new(ModelContract.SumProbabilities, OnnxElementType.Float, [s_batch, ModelContract.SumClasses]),
    ];

    private readonly DigitSumNetwork _network;

    private ServingNetwork(DigitSumNetwork network)
        : base(nameof(ServingNetwork))
    {
        _network = network;

        // Under the names that the network's own state dictionary has.
        foreach ((string name, nn.Module branch) in network.named_children())
            register_module(name, branch);
    }

    /// <summary>Exports a network's inference.</summary>
    /// <param name="network">The network; its mode is left as found.</param>
    /// <param name="options">Versions and texts of the model.</param>
    public static OnnxModel Export(DigitSumNetwork network, OnnxModelOptions? options = null) =>
        OnnxExporter.Export(new ServingNetwork(network), s_inputs, s_outputs, options);

    /// <param name="image">Grey levels, uint8 [N, 1, 28, 28].</param>
    /// <param name="number">int64 [N, 1].</param>
    public override (Tensor Digit, Tensor DigitProbabilities, Tensor Sum, Tensor SumProbabilities) forward(Tensor image, Tensor number)
    {
        Tensor normalized = (image.to(ScalarType.Float32) / White - ModelContract.PixelMean) / ModelContract.PixelStandardDeviation;
        Tensor oneHot = nn.functional.one_hot(number.squeeze(1), ModelContract.DigitClasses).to(ScalarType.Float32); // [N, 10]
        (Tensor digit, Tensor sum) = _network.call(normalized, oneHot);                                              // [N, 10], [N, 19]
        return (digit.argmax(1), digit.softmax(1), sum.argmax(1), sum.softmax(1));
    }
}
