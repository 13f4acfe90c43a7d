using System.Diagnostics;
using Microsoft.ML;
using MnistAdder.OnnxExport;
using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Network;
using MnistAdder.Training.Weights;
using static TorchSharp.torch;

namespace MnistAdder.Training.Export;

/// <summary>Turns a trained network into the bytes of <c>model.onnx</c>, checked against the network.</summary>
internal static class ModelExport
{
    private const string Producer = "MnistAdder";

    /// <summary>The version of this program, for instance <c>0.1.0</c>.</summary>
    public static string Version { get; } = ThisMachine.VersionOf(typeof(ModelExport).Assembly);

    /// <summary>Exports and verifies.</summary>
    /// <param name="ml">The context of the evaluation.</param>
    /// <param name="network">The trained network.</param>
    /// <param name="origin">Where its weights come from, for the metadata.</param>
    /// <param name="verifiedOn">Real inputs for the check.</param>
    /// <param name="verifiedOnName">What the metadata call them, for instance <c>test</c>.</param>
    /// <param name="device">The device that the network is on.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="TrainingException">The exported model doesn't answer as the network does.</exception>
    public static VerifiedModel Export(
        MLContext ml, DigitSumNetwork network, ModelOrigin origin, DigitSet verifiedOn, string verifiedOnName, Device device, CancellationToken cancellation)
    {
        network.eval();
        var clock = Stopwatch.StartNew();
        byte[] unsigned = ServingNetwork.Export(network, Options([])).ToBytes();
        double seconds = clock.Elapsed.TotalSeconds;

        cancellation.ThrowIfCancellationRequested();
        (ExportVerification verification, EvaluationDetails details) = ExportVerification.Run(unsigned, network, verifiedOn, device);
        cancellation.ThrowIfCancellationRequested();
        ServingEvaluation evaluation = ServingEvaluation.Run(ml, unsigned, verifiedOn, details);
        cancellation.ThrowIfCancellationRequested();
        var metadata = new ModelMetadata(
            origin.Dataset,
            origin.Recipe,
            origin.Seed,
            origin.Epochs,
            network.ParameterCount,
            evaluation.DigitAccuracy,
            evaluation.SumAccuracy,
            verifiedOnName,
            DateTimeOffset.UtcNow);
        return new VerifiedModel(ServingNetwork.Export(network, Options(metadata.ToProperties())).ToBytes(), verification, evaluation, details, metadata, seconds);
    }

    private static OnnxModelOptions Options(IEnumerable<KeyValuePair<string, string>> metadata) => new()
    {
        Opset = ModelContract.Opset,
        IrVersion = ModelContract.IrVersion,
        ProducerName = Producer,
        ProducerVersion = Version,
        DocString = "Reads a handwritten digit and adds a number 0…9 to it.",
        Metadata = new Dictionary<string, string>(metadata),
    };
}

/// <summary>An exported model that answers as its network does.</summary>
/// <param name="Bytes">The file.</param>
/// <param name="Verification">The check's figures.</param>
/// <param name="Evaluation">Its figures through the serving transform.</param>
/// <param name="Details">Its answers by class, probability and addend, and the worst of them.</param>
/// <param name="Metadata">What the file says of its origin.</param>
/// <param name="ExportSeconds">Building the graph and its bytes, without the check.</param>
internal sealed record VerifiedModel(
    byte[] Bytes, ExportVerification Verification, ServingEvaluation Evaluation, EvaluationDetails Details, ModelMetadata Metadata, double ExportSeconds);
