using MnistAdder.Training.Devices;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Export;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;

namespace MnistAdder.Training.Results;

/// <summary>All that is known of a finished run.</summary>
/// <param name="Settings">What it computed.</param>
/// <param name="Device">What it computed on.</param>
/// <param name="Layers">The network.</param>
/// <param name="History">An entry for each epoch.</param>
/// <param name="Verification">The exported model against the network.</param>
/// <param name="Evaluation">The exported model's figures through the serving transform.</param>
/// <param name="Details">The exported model's answers by class, probability and addend, and the worst of them.</param>
/// <param name="Metadata">What the model's file says of its origin.</param>
/// <param name="ExportSeconds">Building the graph and its bytes.</param>
internal sealed record RunSummary(
    RunSettings Settings,
    DeviceReport Device,
    IReadOnlyList<LayerRow> Layers,
    IReadOnlyList<EpochResult> History,
    ExportVerification Verification,
    ServingEvaluation Evaluation,
    EvaluationDetails Details,
    ModelMetadata Metadata,
    double ExportSeconds)
{
    /// <summary>Time of all gradient steps, over all sittings of a resumed run.</summary>
    public double TrainingSeconds => History.Sum(epoch => epoch.Seconds);

    /// <summary>Training images in that time.</summary>
    public double ImagesPerSecond => History.Count * (double)Settings.TrainingImages / TrainingSeconds;
}
