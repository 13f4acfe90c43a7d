using System.Reflection;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>What a module does with inputs of any size: several runs, compared operation by operation.</summary>
/// <param name="Runs">The runs, that of the examples first; all made the same calls.</param>
/// <param name="Sizes">The sizes of the dynamic dimensions in each.</param>
/// <param name="Inputs">The module's inputs.</param>
internal sealed record ModuleTrace(IReadOnlyList<Trace> Runs, TracedSizes Sizes, ModuleInputs Inputs)
{
    /// <summary>Runs a module and records what it does.</summary>
    /// <param name="module">The module; its mode is left as found.</param>
    /// <param name="inputs">Its inputs and their dynamic dimensions.</param>
    /// <param name="isLeaf">Whether a module is recorded as a whole.</param>
    /// <exception cref="OnnxExportException">The module does what no graph can say.</exception>
    public static ModuleTrace Of(nn.Module module, ModuleInputs inputs, Func<nn.Module, bool> isLeaf)
    {
        using var mode = new InferenceMode(module);
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using var tracer = new CodeTracer(isLeaf);
        TracedSizes sizes = ChooseSizes(module, inputs);
        var runs = new List<Trace>();
        foreach (long[] run in sizes.Runs)
        {
            object?[] arguments = inputs.Resized(run);
            var recorder = new TraceRecorder(module, TensorTree.Leaves(arguments));
            object? result = tracer.Trace(module, inputs.Method, arguments, recorder);
            if (recorder.Refusal is { } refusal)
                throw refusal; // the module may have caught it
            runs.Add(recorder.Finish(result));
        }

        TraceComparison.RequireSame(runs, sizes);
        return new ModuleTrace(runs, sizes, inputs);
    }

    // A run before the traces fills what the module keeps from one run to the next, such as a mask, and shows which sizes it takes at all.
    private static TracedSizes ChooseSizes(nn.Module module, ModuleInputs inputs)
    {
        long[] examples = [.. inputs.Dimensions.Select(dimension => dimension.Size)];
        Run(module, inputs, examples);
        List<long[]> runs = [examples];
        for (int i = 0; i < examples.Length; i++)
        {
            long size = examples[i];
            Exception? first = null;
            long[]? found = new[] { size + 1, 2 * size, size + 2, 3 * size, size - 1 }.Where(other => other > 0 && other != size).Select(other =>
            {
                long[] sizes = [.. examples];
                sizes[i] = other;
                return sizes;
            }).FirstOrDefault(sizes => TryRun(module, inputs, sizes, ref first));
            runs.Add(found ?? throw new OnnxExportException(
                $"{module.GetType().Name} takes no other size than {size} of the dimension '{inputs.Dimensions[i].Name}' ({first!.Message}). "
                + $"If that is meant, leave the dimension out of {nameof(OnnxTraceOptions)}.{nameof(OnnxTraceOptions.DynamicDimensions)}."));
        }

        long[] ones = [.. examples.Select(_ => 1L)];
        Exception? ignored = null;
        if (!runs.Any(run => run.SequenceEqual(ones)) && TryRun(module, inputs, ones, ref ignored))
            runs.Add(ones);
        return new TracedSizes([.. inputs.Dimensions.Select(dimension => dimension.Name)], runs);
    }

    private static bool TryRun(nn.Module module, ModuleInputs inputs, long[] sizes, ref Exception? first)
    {
        try
        {
            Run(module, inputs, sizes);
            return true;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            first ??= exception;
            return false;
        }
    }

    private static void Run(nn.Module module, ModuleInputs inputs, long[] sizes)
    {
        using DisposeScope scope = NewDisposeScope();
        inputs.Method.Invoke(module, BindingFlags.DoNotWrapExceptions, null, inputs.Resized(sizes), null);
    }
}
