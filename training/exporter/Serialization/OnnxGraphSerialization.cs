using MnistAdder.OnnxExport.Serialization;

namespace MnistAdder.OnnxExport;

/// <summary>From a graph to a file's contents.</summary>
public static class OnnxGraphSerialization
{
    /// <summary>Completes a graph to a model.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="options">Versions and texts of the model; where null, all defaults.</param>
    /// <returns>The model; what is added to the graph afterwards isn't in it.</returns>
    /// <exception cref="InvalidOperationException">The graph has no output, or the options lack the version of a domain.</exception>
    /// <exception cref="OnnxExportException">The weights are too large for one file (2 GB).</exception>
    /// <example><code>graph.ToModel(new OnnxModelOptions { ProducerName = "my program" }).Save("model.onnx");</code></example>
    public static OnnxModel ToModel(this OnnxGraph graph, OnnxModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return new OnnxModel(ModelWriter.Write(graph, options ?? new OnnxModelOptions())) { Traced = graph.TracedValues(), OperationCount = graph.OperationCount };
    }
}
