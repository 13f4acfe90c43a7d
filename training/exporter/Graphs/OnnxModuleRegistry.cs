using System.Collections.Immutable;
using System.Reflection;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport;

/// <summary>Adds the nodes of one kind of module to a graph.</summary>
/// <typeparam name="TModule">The module's type.</typeparam>
/// <param name="graph">The graph, whose scope is the module's path.</param>
/// <param name="module">The module.</param>
/// <param name="inputs">The module's inputs in the order of <c>forward</c>'s parameters.</param>
/// <returns>The module's outputs in the order that <c>forward</c> returns them.</returns>
public delegate IReadOnlyList<OnnxValue> OnnxModuleExporter<in TModule>(OnnxGraph graph, TModule module, IReadOnlyList<OnnxValue> inputs)
    where TModule : nn.Module;

/// <summary>How types of modules are exported as a whole, rather than by what their <c>forward</c> does. Immutable: <c>With</c> gives a registry with one more type.</summary>
/// <remarks>
/// One begins with <see cref="OnnxExporter.Modules"/>, which has none. For a module, the first of these counts: an exporter registered for its
/// very type; the module's own <see cref="IOnnxExportable"/>; an exporter of a base type, unless the module overrides that type's
/// <c>forward</c>; and otherwise what its <c>forward</c> does. Modules are told apart by their .NET type, never by TorchSharp's <c>GetName()</c>, which some of them share.
/// </remarks>
public sealed class OnnxModuleRegistry
{
    private readonly ImmutableDictionary<Type, OnnxModuleExporter<nn.Module>> _exporters;

    private OnnxModuleRegistry(ImmutableDictionary<Type, OnnxModuleExporter<nn.Module>> exporters) => _exporters = exporters;

    /// <summary>A registry without any module.</summary>
    internal static OnnxModuleRegistry Empty { get; } = new(ImmutableDictionary<Type, OnnxModuleExporter<nn.Module>>.Empty);

    /// <summary>Registers a type of module with any number of inputs and outputs; replaces an exporter that it has.</summary>
    /// <typeparam name="TModule">The module's type.</typeparam>
    /// <param name="exporter">Adds such a module to a graph.</param>
    /// <returns>A new registry.</returns>
    public OnnxModuleRegistry With<TModule>(OnnxModuleExporter<TModule> exporter)
        where TModule : nn.Module
    {
        ArgumentNullException.ThrowIfNull(exporter);
        return new OnnxModuleRegistry(
            _exporters.SetItem(typeof(TModule), (graph, module, inputs) => exporter(graph, (TModule)module, inputs)));
    }

    /// <summary>Registers a type of module with one input and one output; replaces an exporter that it has.</summary>
    /// <typeparam name="TModule">The module's type.</typeparam>
    /// <param name="exporter">Adds such a module to a graph.</param>
    /// <returns>A new registry.</returns>
    public OnnxModuleRegistry With<TModule>(Func<OnnxGraph, TModule, OnnxValue, OnnxValue> exporter)
        where TModule : nn.Module
    {
        ArgumentNullException.ThrowIfNull(exporter);
        return With<TModule>((graph, module, inputs) => inputs.Count == 1
            ? [exporter(graph, module, inputs[0])]
            : throw graph.NotSupported($"it takes 1 input and was given {inputs.Count}"));
    }

    /// <summary>Whether a module has an exporter.</summary>
    internal bool Knows(nn.Module module) => ExporterOf(module) is not null;

    internal IReadOnlyList<OnnxValue> Export(OnnxGraph graph, nn.Module module, IReadOnlyList<OnnxValue> inputs) => ExporterOf(module)!(graph, module, inputs);

    private OnnxModuleExporter<nn.Module>? ExporterOf(nn.Module module)
    {
        Type type = module.GetType();
        if (_exporters.TryGetValue(type, out OnnxModuleExporter<nn.Module>? exporter))
            return exporter;
        if (module is IOnnxExportable exportable)
            return (graph, _, inputs) => exportable.Export(graph, inputs);
        for (Type? ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (_exporters.TryGetValue(ancestor, out exporter) && !OverridesForward(type, ancestor))
                return exporter;
        }

        return null;
    }

    // A subclass that computes something else must not be exported as what it is derived from.
    private static bool OverridesForward(Type type, Type ancestor) => type
        .GetMethods(BindingFlags.Instance | BindingFlags.Public)
        .Any(method => method.Name == "forward" && method.DeclaringType!.IsSubclassOf(ancestor));
}
