using System.Diagnostics.CodeAnalysis;
using MnistAdder.OnnxExport.Tracing;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport;

/// <summary>Where an export begins: in one call, or step by step with an <see cref="OnnxGraph"/>.</summary>
[SuppressMessage("ApiDesign", "RS0026:Do not add multiple overloads with optional parameters", Justification = "They differ in the type of a required one.")]
public static class OnnxExporter
{
    /// <summary>The modules that are exported as a whole, rather than by what their <c>forward</c> does: none, until some are added to it.</summary>
    /// <example>
    /// <code>
    /// OnnxModuleRegistry modules = OnnxExporter.Modules.With&lt;Doubling&gt;((graph, module, input) =&gt; graph.Mul(input, 2));
    /// OnnxExporter.Begin("doubled", modules);
    /// </code>
    /// </example>
    public static OnnxModuleRegistry Modules => OnnxModuleRegistry.Empty;

    /// <summary>Exports a module as a model of its own.</summary>
    /// <param name="module">The module; it is exported as it computes after <c>eval()</c>, whatever mode it is in.</param>
    /// <param name="inputs">The module's inputs in the order of <c>forward</c>'s parameters, with their shapes.</param>
    /// <param name="outputs">
    /// The module's outputs in the order that <c>forward</c> returns them; their types must be those that the module makes.
    /// Where null, they are named <c>output</c>, or <c>output_0</c>, <c>output_1</c> … where there are several.
    /// </param>
    /// <param name="options">Versions and texts of the model; where null, all defaults.</param>
    /// <param name="modules">How modules are exported; where null, <see cref="Modules"/>.</param>
    /// <returns>The model, to be saved.</returns>
    /// <exception cref="OnnxExportException">The module, or one in it, can't be exported; the message says which, and why.</exception>
    /// <exception cref="ArgumentException">The inputs or outputs don't fit the module, or an input has no shape.</exception>
    /// <example>
    /// <code>
    /// OnnxTensorInfo[] inputs =
    /// [
    ///     new("image", OnnxElementType.Float, ["batch", 1, 28, 28]),
    ///     new("number", OnnxElementType.Float, ["batch", 10]),
    /// ];
    /// OnnxTensorInfo[] outputs = [new("digit", OnnxElementType.Float, ["batch", 10]), new("sum", OnnxElementType.Float, ["batch", 19])];
    /// OnnxExporter.Export(network, inputs, outputs).Save("network.onnx");
    /// </code>
    /// </example>
    public static OnnxModel Export(
        nn.Module module,
        IReadOnlyList<OnnxTensorInfo> inputs,
        IReadOnlyList<OnnxTensorInfo>? outputs = null,
        OnnxModelOptions? options = null,
        OnnxModuleRegistry? modules = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(inputs);
        (Tensor[] examples, OnnxTraceOptions trace) = ExampleInputs.Of(module, [.. inputs.Select(input => input with { Shape = ShapeOf(input) })]);
        trace = trace with { OutputNames = outputs?.Select(output => output.Name).ToArray() };
        OnnxModel model = ModuleExport.Export(module, examples, trace, options, modules ?? Modules);
        foreach ((OnnxTensorInfo asked, OnnxElementType made) in (outputs ?? []).Zip(model.OutputTypes))
        {
            if (asked.ElementType != made)
                throw new ArgumentException($"Output '{asked.Name}' is {made}, not {asked.ElementType}.", nameof(outputs));
        }

        return model;
    }

    /// <summary>Exports a module by running its <c>forward</c> with examples.</summary>
    /// <param name="module">The module; what it does after <c>eval()</c> is exported. Its mode is left as found.</param>
    /// <param name="examples">
    /// A tensor for each of <c>forward</c>'s parameters, on the module's device. Their contents don't matter unless the module minds, and the first
    /// dimension of each is dynamic, named <c>batch</c>, unless the options say otherwise.
    /// </param>
    /// <param name="trace">Which dimensions are dynamic, and names; where null, all defaults.</param>
    /// <param name="options">Versions and texts of the model; where null, all defaults.</param>
    /// <param name="modules">How modules are exported as a whole; where null, <see cref="Modules"/>.</param>
    /// <returns>The model, to be saved.</returns>
    /// <exception cref="OnnxExportException">The module does what no model can say; the message says what, where, and what to write instead.</exception>
    /// <exception cref="ArgumentException">The examples don't fit <c>forward</c>'s parameters, or the options the examples.</exception>
    /// <exception cref="PlatformNotSupportedException">The program was compiled ahead of time.</exception>
    /// <example><code>OnnxExporter.Export(network, [image, number]).Save("network.onnx");</code></example>
    public static OnnxModel Export(
        nn.Module module,
        IReadOnlyList<Tensor> examples,
        OnnxTraceOptions? trace = null,
        OnnxModelOptions? options = null,
        OnnxModuleRegistry? modules = null) =>
        Export(module, (IReadOnlyList<object?>)examples, trace, options, modules);

    /// <summary>Exports a module by running its <c>forward</c> with examples, some of which are tuples, lists, or absent.</summary>
    /// <param name="module">The module; what it does after <c>eval()</c> is exported. Its mode is left as found.</param>
    /// <param name="examples">An object for each of <c>forward</c>'s parameters: tensors, tuples, lists or arrays of them, null, or anything else.</param>
    /// <param name="trace">Which dimensions are dynamic, and names; where null, all defaults.</param>
    /// <param name="options">Versions and texts of the model; where null, all defaults.</param>
    /// <param name="modules">How modules are exported as a whole; where null, <see cref="Modules"/>.</param>
    /// <returns>The model, to be saved.</returns>
    /// <exception cref="OnnxExportException">The module does what no model can say; the message says what, where, and what to write instead.</exception>
    /// <exception cref="ArgumentException">The examples don't fit <c>forward</c>'s parameters, or the options the examples.</exception>
    /// <exception cref="PlatformNotSupportedException">The program was compiled ahead of time.</exception>
    public static OnnxModel Export(
        nn.Module module,
        IReadOnlyList<object?> examples,
        OnnxTraceOptions? trace = null,
        OnnxModelOptions? options = null,
        OnnxModuleRegistry? modules = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(examples);
        return ModuleExport.Export(module, examples, trace ?? new OnnxTraceOptions(), options, modules ?? Modules);
    }

    /// <summary>Compares a model with the module that it was exported from.</summary>
    /// <param name="module">The module.</param>
    /// <param name="model">The model, as <c>Export</c> gave it.</param>
    /// <param name="inputs">An object for each of <c>forward</c>'s parameters, of any size that the model takes.</param>
    /// <param name="runner">Runs the model.</param>
    /// <param name="intermediates">Whether the values of single operations are compared as well, by their names in the model.</param>
    /// <param name="modules">How modules were exported as a whole; where null, <see cref="Modules"/>.</param>
    /// <returns>The greatest difference of each value.</returns>
    /// <exception cref="ArgumentException">The inputs don't fit <c>forward</c>'s parameters.</exception>
    /// <exception cref="InvalidOperationException">The runner doesn't give an output for each of the model's.</exception>
    public static OnnxVerification Verify(
        nn.Module module, OnnxModel model, IReadOnlyList<object?> inputs, OnnxRunner runner, bool intermediates = false, OnnxModuleRegistry? modules = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(runner);
        ModuleInputs given = ModuleInputs.Of(module, inputs, new OnnxTraceOptions { DynamicDimensions = [] });
        return ModuleExport.Verify(module, model, given, given.Resized([]), runner, intermediates, modules ?? Modules);
    }

    /// <summary>Exports a module with one input of floating-point numbers.</summary>
    /// <param name="module">The module; it is exported as it computes after <c>eval()</c>, whatever mode it is in.</param>
    /// <param name="inputShape">The shape of the input, which is named <c>input</c>; a name is a symbolic dimension.</param>
    /// <returns>The model, to be saved.</returns>
    /// <exception cref="OnnxExportException">The module, or one in it, can't be exported; the message says which, and why.</exception>
    /// <example><code>OnnxExporter.Export(network, "batch", 1, 28, 28).Save("model.onnx");</code></example>
    public static OnnxModel Export(nn.Module module, params ReadOnlySpan<OnnxDimension> inputShape) =>
        Export(module, [new OnnxTensorInfo("input", OnnxElementType.Float, inputShape.ToArray())]);

    /// <summary>Starts an empty graph, for a network with more around it than its own modules.</summary>
    /// <param name="name">The graph's name in the model.</param>
    /// <param name="modules">How modules are exported; where null, <see cref="Modules"/>.</param>
    /// <returns>The graph, to be filled and made a model of.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <example>
    /// <code>
    /// OnnxGraph graph = OnnxExporter.Begin("classifier");
    /// OnnxValue pixels = graph.Input("pixels", OnnxElementType.UInt8, "batch", 1, 28, 28);
    /// OnnxValue scores = graph.Apply(network, graph.Div(graph.Cast(pixels, OnnxElementType.Float), 255));
    /// graph.Output("class", graph.ArgMax(scores), "batch");
    /// graph.ToModel().Save("classifier.onnx");
    /// </code>
    /// </example>
    public static OnnxGraph Begin(string name, OnnxModuleRegistry? modules = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new OnnxGraph(name, modules ?? Modules, ModuleExport.Add);
    }

    private static IReadOnlyList<OnnxDimension> ShapeOf(OnnxTensorInfo input) =>
        input.Shape ?? throw new ArgumentException($"Input '{input.Name}' needs a shape.", nameof(input));
}
