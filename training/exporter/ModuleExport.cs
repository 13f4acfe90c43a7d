using System.Runtime.CompilerServices;
using MnistAdder.OnnxExport.Lowerings;
using MnistAdder.OnnxExport.Tracing;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport;

/// <summary>From a module and examples of its inputs to a graph.</summary>
internal static class ModuleExport
{
    /// <summary>Runs a module with the examples and makes a graph of what it does.</summary>
    public static OnnxGraph Trace(nn.Module module, IReadOnlyList<object?> examples, OnnxTraceOptions options, OnnxModuleRegistry modules)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            throw new PlatformNotSupportedException(
                "A module is exported by copying the code of its forward method, which a program that was compiled ahead of time (NativeAOT) doesn't have. Export it from one that runs on .NET itself.");
        }

        ModuleInputs inputs = ModuleInputs.Of(module, examples, options);
        ModuleTrace trace = ModuleTrace.Of(
            module, inputs, leaf => (modules.Knows(leaf) && !(IsBetterFollowed(leaf) && modules.HasBuiltInOf(leaf))) || LoweringTable.Has(leaf.GetType()));
        OnnxGraph graph = OnnxExporter.Begin(module.GetType().Name, modules);
        OnnxValue[] values = [.. inputs.Tensors.Select(tensor => graph.Input(tensor.Name, OnnxTensor.ElementTypeOf(tensor.Example.dtype), ShapeOf(inputs, tensor)))];
        (OnnxValue Value, OnnxDimension[] Shape)[] results = TracedGraph.Build(graph, module, trace, modules, values);
        string[] names = OutputNames(trace, options);
        for (int i = 0; i < results.Length; i++)
            graph.Output(names[i], results[i].Value, results[i].Shape);
        graph.RemoveUnused();
        return graph;
    }

    // Their exporters know no shapes, nor anything of the modules in them that have none, and refuse what is no more than TorchSharp's own code.
    private static bool IsBetterFollowed(nn.Module module) => module is Sequential or Convolution or AdaptiveAvgPool1d or AdaptiveAvgPool2d or Hardtanh;

    private static OnnxDimension[] ShapeOf(ModuleInputs inputs, InputTensor tensor) =>
        [.. tensor.Example.shape.Select((size, axis) => tensor.Dynamic[axis] is { } dimension ? inputs.Dimensions[dimension].Name : OnnxDimension.Fixed(size))];

    private static string[] OutputNames(ModuleTrace trace, OnnxTraceOptions options)
    {
        int count = trace.Runs[0].Outputs.Length;
        if (count == 0)
            throw new OnnxExportException("The module returns no tensor.");
        if (options.OutputNames is { } given)
        {
            return given.Count == count
                ? [.. given]
                : throw new ArgumentException($"The module has {count} outputs and {given.Count} names for them.", nameof(options));
        }

        var tuples = TupleNames.Of(trace.Inputs.Forward.ReturnParameter);
        string[] names = [.. TensorNames.Of(trace.Runs[0].Result, "", tuples).Select(output => output.Name)];
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
