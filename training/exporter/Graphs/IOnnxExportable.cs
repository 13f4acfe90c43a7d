namespace MnistAdder.OnnxExport;

/// <summary>A module that says itself what its ONNX graph is, instead of what its <c>forward</c> does.</summary>
/// <remarks>
/// <para>
/// For a module whose <c>forward</c> is another way to the same answers, such as one that is fast in training. Children are added with
/// <see cref="OnnxGraph.Apply(TorchSharp.torch.nn.Module, OnnxValue[])"/>, which names them as the state dictionary does; parameters of its own
/// with <see cref="OnnxGraph.Parameter"/>.
/// </para>
/// <para>The graph is of inference: what <c>forward</c> does after <c>eval()</c>. The answers are compared with what <c>forward</c> gives only where
/// the caller hands a runner.</para>
/// </remarks>
/// <example>
/// <code>
/// public IReadOnlyList&lt;OnnxValue&gt; Export(OnnxGraph graph, IReadOnlyList&lt;OnnxValue&gt; inputs) =&gt;
///     [graph.Add(graph.Apply(_dense, inputs[0]), inputs[0])];
/// </code>
/// </example>
public interface IOnnxExportable
{
    /// <summary>Adds the module's nodes to a graph.</summary>
    /// <param name="graph">The graph, whose scope is the module's path.</param>
    /// <param name="inputs">The module's inputs, in the order of <c>forward</c>'s parameters.</param>
    /// <returns>The module's outputs, in the order that <c>forward</c> returns them.</returns>
    IReadOnlyList<OnnxValue> Export(OnnxGraph graph, IReadOnlyList<OnnxValue> inputs);
}
