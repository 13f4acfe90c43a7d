using System.Runtime.CompilerServices;
using MnistAdder.OnnxExport.Lowerings;
using MnistAdder.OnnxExport.Tracing;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport;

/// <summary>From a module and examples of its inputs to a graph.</summary>
internal static class ModuleExport
{
    /// <summary>Runs a module with the examples and makes a model of what it does.</summary>
    public static OnnxModel Export(
        nn.Module module, IReadOnlyList<object?> examples, OnnxTraceOptions options, OnnxModelOptions? modelOptions, OnnxModuleRegistry modules)
    {
        ModuleInputs inputs = ModuleInputs.Of(module, examples, options);
        ModuleTrace trace = Trace(module, inputs, modules);
        OnnxGraph graph = OnnxExporter.Begin(module.GetType().Name, modules);
        OnnxValue[] values = [.. inputs.Tensors.Select(tensor => graph.Input(tensor.Name, OnnxTensor.ElementTypeOf(tensor.Example.dtype), ShapeOf(inputs, tensor)))];
        (OnnxValue Value, OnnxDimension[] Shape)[] results = TracedGraph.Build(graph, module, trace, modules, values);
        IReadOnlyList<long> unseen = trace.RequireThatItHolds(module);
        string[] names = OutputNames(module, trace, options);
        for (int i = 0; i < results.Length; i++)
            graph.Output(names[i], results[i].Value, results[i].Shape);
        graph.RemoveUnused();
        OnnxModel model = graph.ToModel(modelOptions);
        model.LeftOut = [.. TensorNames.OfOthers(trace.Runs[0].Result, "", TupleNames.Of(inputs.Forward.ReturnParameter))];
        if (options.Runner is { } runner)
            RequireSame(Verify(module, model, inputs, inputs.Resized(unseen), runner, intermediates: false, modules), options);
        return model;
    }

    /// <summary>Adds to a graph what a module does with values of it.</summary>
    /// <exception cref="OnnxExportException">The shape of a value isn't known, or the module does what no model can say.</exception>
    public static IReadOnlyList<OnnxValue> Add(OnnxGraph graph, OnnxModuleRegistry modules, nn.Module module, OnnxValue[] values)
    {
        OnnxTensorInfo[] infos =
        [
            .. values.Select((value, i) => new OnnxTensorInfo($"{i}", value.ElementType, value.Shape ?? throw graph.NotSupported(
                $"the shape of its input '{value.Name}' isn't known, since an operator before it was given none; begin with values of known shapes, or add the module before the operator"))),
        ];
        (Tensor[] examples, OnnxTraceOptions options) = ExampleInputs.Of(module, infos);
        ModuleInputs inputs = ModuleInputs.Of(module, examples, options);
        ModuleTrace trace = Trace(module, inputs, modules);
        (OnnxValue Value, OnnxDimension[] Shape)[] results = TracedGraph.Build(graph, module, trace, modules, values);
        trace.RequireThatItHolds(module);
        foreach ((OnnxValue value, OnnxDimension[] shape) in results)
            value.Shape ??= shape;
        return [.. results.Select(result => result.Value)];
    }

    private static ModuleTrace Trace(nn.Module module, ModuleInputs inputs, OnnxModuleRegistry modules)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            throw new PlatformNotSupportedException(
                "A module is exported by copying the code of its forward method, which a program that was compiled ahead of time (NativeAOT) doesn't have. Export it from one that runs on .NET itself.");
        }

        return ModuleTrace.Of(module, inputs, leaf => IsLeaf(leaf, modules));
    }

    private static void RequireSame(OnnxVerification verification, OnnxTraceOptions options)
    {
        if (verification.Outputs.FirstOrDefault(output => output.Greatest > options.Tolerance || double.IsNaN(output.Greatest)) is not { } wrong)
            return;
        throw new OnnxExportException(
            $"The model's output '{wrong.Name}' differs from the module's by {wrong.Greatest:G3}, which is more than {nameof(OnnxTraceOptions)}.{nameof(OnnxTraceOptions.Tolerance)}. "
            + $"{nameof(OnnxExporter)}.{nameof(OnnxExporter.Verify)} shows where it begins.");
    }

    /// <summary>Compares a model with its module on inputs.</summary>
    public static OnnxVerification Verify(
        nn.Module module, OnnxModel model, ModuleInputs inputs, object?[] arguments, OnnxRunner runner, bool intermediates, OnnxModuleRegistry modules)
    {
        using var mode = new InferenceMode(module);
        using IDisposable noGradients = no_grad();
        Tensor[] given = [.. TensorTree.Leaves(arguments).Select(tensor => tensor.detach().cpu())];
        using var tracer = new CodeTracer(leaf => IsLeaf(leaf, modules));
        var recorder = new TraceRecorder(module, TensorTree.Leaves(arguments)) { Values = [] };
        Tensor[] copies = [.. given.Select(tensor => tensor.clone())]; // the module may write into its inputs
        Tensor[] expected = [.. TensorTree.Results(tracer.Trace(module, inputs.Method, arguments, recorder))];
        (string Name, Tensor Value)[] inner = !intermediates ? [] :
        [
            .. from value in model.Traced
               where !model.Outputs.Contains(value.Name) && value.Call < recorder.Values.Count && value.Output < recorder.Values[value.Call].Length
               select (value.Name, ComplexNumbers.PartsOf(recorder.Values[value.Call][value.Output])),
        ];
        OnnxModel run = inner.Length == 0 ? model : model.WithOutputs(inner.Select(value => value.Name));
        IReadOnlyList<Tensor> actual = runner(run, copies);
        string[] names = [.. run.Outputs];
        if (actual.Count != names.Length)
            throw new InvalidOperationException($"The runner gave {actual.Count} outputs of a model that has {names.Length}.");
        Dictionary<string, Tensor> byName = new(names.Zip(actual, KeyValuePair.Create), StringComparer.Ordinal);
        return new OnnxVerification(
            [.. model.Outputs.Zip(expected, (name, value) => OnnxDifference.Of(name, value, byName[name]))],
            [.. inner.Where(value => byName.ContainsKey(value.Name)).Select(value => OnnxDifference.Of(value.Name, value.Value, byName[value.Name]))]);
    }

    private static bool IsLeaf(nn.Module module, OnnxModuleRegistry modules) => modules.Knows(module) || LoweringTable.Has(module.GetType());

    private static OnnxDimension[] ShapeOf(ModuleInputs inputs, InputTensor tensor) =>
        [.. tensor.Example.shape.Select((size, axis) => tensor.Dynamic[axis] is { } dimension ? inputs.Dimensions[dimension].Name : OnnxDimension.Fixed(size))];

    private static string[] OutputNames(nn.Module module, ModuleTrace trace, OnnxTraceOptions options)
    {
        int count = trace.Runs[0].Outputs.Length;
        if (count == 0)
            throw new OnnxExportException("The module returns no tensor, alone or in a tuple, list, array, dictionary or object. A sequence that is gone through later is made a list by ToList().");
        if (options.OutputNames is { } given)
        {
            return given.Count == count
                ? [.. given]
                : throw new ArgumentException($"{module.GetType().Name} has {count} outputs, not {given.Count}.", nameof(options));
        }

        var tuples = TupleNames.Of(trace.Inputs.Forward.ReturnParameter);
        HashSet<Tensor> computed = new(trace.Runs[0].Outputs.Select(output => output.Tensor), ReferenceEqualityComparer.Instance);
        string[] names = [.. TensorNames.Of(trace.Runs[0].Result, "", tuples).Where(output => computed.Contains(output.Tensor)).Select(output => output.Name)];
        var taken = new HashSet<string>(trace.Inputs.Tensors.Select(input => input.Name), StringComparer.Ordinal);
        return [.. names.Select(name => Free(name.Length == 0 ? "output" : char.IsAsciiDigit(name[0]) ? $"output_{name}" : name, taken))];
    }

    private static string Free(string name, HashSet<string> taken)
    {
        while (!taken.Add(name))
            name += "_out";
        return name;
    }
}
