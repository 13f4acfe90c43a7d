using static TorchSharp.torch;

namespace MnistAdder.OnnxExport;

/// <content>TorchSharp modules and their place in the module tree.</content>
public sealed partial class OnnxGraph
{
    private readonly OnnxModuleRegistry _registry;
    private readonly Func<OnnxGraph, OnnxModuleRegistry, nn.Module, OnnxValue[], IReadOnlyList<OnnxValue>> _follow;
    private readonly List<string> _scope = [];
    private readonly Stack<(nn.Module Module, int ScopeDepth)> _modules = new();

    /// <summary>The dotted path of the module in hand, such as <c>digit.conv1</c>; empty at the root.</summary>
    internal string ModulePath => string.Join('.', _scope);

    /// <summary>Adds a module with one output.</summary>
    /// <param name="module">
    /// The module. Where it is a registered child of the module in hand, its nodes and weights are named by its registered name,
    /// and so as in the state dictionary. In training mode it is exported as in inference mode. Hooks aren't exported.
    /// </param>
    /// <param name="inputs">The module's inputs in the order of <c>forward</c>'s parameters.</param>
    /// <returns>The module's output.</returns>
    /// <exception cref="OnnxExportException">The module, or one in it, can't be exported; the message says which, and why.</exception>
    public OnnxValue Apply(nn.Module module, params OnnxValue[] inputs) => Only(ApplyMany(module, inputs), module);

    /// <summary>Adds a module with one output under a name of its own.</summary>
    /// <param name="name">The module's name; becomes part of the names of its nodes and weights.</param>
    /// <param name="module">The module. In training mode it is exported as in inference mode. Hooks aren't exported.</param>
    /// <param name="inputs">The module's inputs in the order of <c>forward</c>'s parameters.</param>
    /// <returns>The module's output.</returns>
    /// <exception cref="OnnxExportException">The module, or one in it, can't be exported; the message says which, and why.</exception>
    public OnnxValue Apply(string name, nn.Module module, params OnnxValue[] inputs)
    {
        using (Scope(name))
            return Only(Export(module, inputs), module);
    }

    /// <summary>Adds a module with any number of outputs.</summary>
    /// <param name="module">The module, named as by <see cref="Apply(nn.Module, OnnxValue[])"/>.</param>
    /// <param name="inputs">The module's inputs in the order of <c>forward</c>'s parameters.</param>
    /// <returns>The module's outputs in the order that <c>forward</c> returns them.</returns>
    /// <exception cref="OnnxExportException">The module, or one in it, can't be exported; the message says which, and why.</exception>
    public IReadOnlyList<OnnxValue> ApplyMany(nn.Module module, params OnnxValue[] inputs)
    {
        ArgumentNullException.ThrowIfNull(module);
        if (RegisteredName(module) is not { } name)
            return Export(module, inputs);
        using (Scope(name))
            return Export(module, inputs);
    }

    /// <summary>Puts what is added next under a name, until the scope is disposed.</summary>
    /// <param name="name">The name, or several joined by dots. Within such a scope modules are not named by themselves.</param>
    /// <returns>The scope; dispose of it in the reverse order of opening.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public IDisposable Scope(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        int depth = _scope.Count;
        _scope.AddRange(name.Split('.'));
        return new OpenScope(this, depth);
    }

    /// <summary>The path of the module in hand.</summary>
    internal string[] Path => [.. _scope];

    /// <summary>Puts what is added next at a place in the module tree, wherever the graph is, until the scope is disposed.</summary>
    internal IDisposable At(IReadOnlyList<string> path)
    {
        var outer = new OuterScope(this, [.. _scope]);
        _scope.Clear();
        foreach (string name in path)
            _scope.AddRange(name.Split('.'));
        return outer;
    }

    /// <summary>Adds a module with its exporter, where the scope is its path.</summary>
    internal IReadOnlyList<OnnxValue> ExportModule(nn.Module module, OnnxValue[] inputs) => Export(module, inputs);

    /// <summary>Says that the module in hand can't be exported.</summary>
    /// <param name="reason">Why, and what to do about it: the end of a sentence.</param>
    /// <returns>An exception to throw, with the module's path and type.</returns>
    public OnnxExportException NotSupported(string reason)
    {
        string type = _modules.TryPeek(out (nn.Module Module, int) current) ? current.Module.GetType().Name : "graph";
        string path = _scope.Count == 0 ? "(root)" : ModulePath;
        return new OnnxExportException(ModulePath, $"Module {path} ({type}) can't be exported to ONNX: {reason}.");
    }

    private IReadOnlyList<OnnxValue> Export(nn.Module module, OnnxValue[] inputs)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(inputs);
        foreach (OnnxValue input in inputs)
            MustBeOfThisGraph(input, nameof(inputs));
        _modules.Push((module, _scope.Count));
        try
        {
            return _registry.Knows(module) ? _registry.Export(this, module, inputs) : _follow(this, _registry, module, inputs);
        }
        finally
        {
            _modules.Pop();
        }
    }

    private static OnnxValue Only(IReadOnlyList<OnnxValue> outputs, nn.Module module) => outputs.Count == 1
        ? outputs[0]
        : throw new ArgumentException(
            $"{module.GetType().Name} has {outputs.Count} outputs; {nameof(ApplyMany)} returns them.", nameof(module));

    private string? RegisteredName(nn.Module module)
    {
        if (!_modules.TryPeek(out (nn.Module Module, int ScopeDepth) parent) || parent.ScopeDepth != _scope.Count)
            return null;
        foreach ((string name, nn.Module child) in parent.Module.named_modules())
        {
            if (ReferenceEquals(child, module))
                return name;
        }

        return null;
    }

    private string ParameterPath(string name) => _scope.Count == 0 ? name : $"{ModulePath}.{name}";

    private string NodePath(string name) => _scope.Count == 0 ? $"/{name}" : $"/{string.Join('/', _scope)}/{name}";

    private sealed class OuterScope(OnnxGraph graph, string[] path) : IDisposable
    {
        public void Dispose()
        {
            graph._scope.Clear();
            graph._scope.AddRange(path);
        }
    }

    private sealed class OpenScope(OnnxGraph graph, int depth) : IDisposable
    {
        public void Dispose() => graph._scope.RemoveRange(depth, graph._scope.Count - depth);
    }
}
