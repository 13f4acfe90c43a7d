namespace MnistAdder.OnnxExport;

/// <summary>A module that says itself what its ONNX graph is.</summary>
/// <remarks>
/// <para>
/// TorchSharp has no tracer, so that a <c>forward</c> method can't be followed: a module of one's own says the same thing a second
/// time, in the graph's terms. Children are added with <see cref="OnnxGraph.Apply(TorchSharp.torch.nn.Module, OnnxValue[])"/>,
/// which names them as the state dictionary does; parameters of its own with <see cref="OnnxGraph.Parameter"/>.
/// </para>
/// <para>
/// The graph is of inference: what <c>forward</c> does after <c>eval()</c>. A tensor that an in-place module overwrites must not
/// be used again after it; in the graph it would still have its old contents.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// public override Tensor forward(Tensor input) =&gt; _dense.call(input).add(input);
///
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
