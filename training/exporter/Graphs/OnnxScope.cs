namespace MnistAdder.OnnxExport;

/// <summary>A stretch of a graph's construction during which names have a common path; ends when disposed.</summary>
public sealed class OnnxScope : IDisposable
{
    private readonly OnnxGraph _graph;
    private readonly int _depth;

    internal OnnxScope(OnnxGraph graph, int depth)
    {
        _graph = graph;
        _depth = depth;
    }

    /// <summary>Ends the scope.</summary>
    public void Dispose() => _graph.CloseScope(_depth);
}
