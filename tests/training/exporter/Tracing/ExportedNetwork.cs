using System.Diagnostics;
using MnistAdder.OnnxExport.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>One of the networks as the exporter makes it.</summary>
/// <param name="Model">The model.</param>
/// <param name="Operations">How many operations the network's run had.</param>
/// <param name="Nodes">How many operators the model has.</param>
/// <param name="Seconds">How long the export took.</param>
/// <param name="Difference">The greatest difference of any output from the network's, over all batches that it was tried at.</param>
internal sealed record ExportedNetwork(OnnxModel Model, int Operations, int Nodes, double Seconds, double Difference)
{
    /// <exception cref="OnnxExportException">It can't be exported.</exception>
    public static ExportedNetwork Of(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        nn.Module network = Cases.All[name].Make();
        object[] examples = Cases.All[name].Examples();
        var clock = Stopwatch.StartNew();
        OnnxModel model = OnnxExporter.Export(network, (IReadOnlyList<object?>)examples);
        double seconds = clock.Elapsed.TotalSeconds;
        double difference = TraceAssert.Batches.Max(batch => TraceAssert.Difference(network, model, examples, batch));
        return new ExportedNetwork(model, model.OperationCount, model.NodeCount, seconds, difference);
    }
}
