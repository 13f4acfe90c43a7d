using MnistAdder.OnnxExport.Tracing;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>Compares a module with its export, run by ONNX Runtime, at sizes that weren't traced.</summary>
internal static class TraceAssert
{
    /// <summary>The sizes that models are tried at.</summary>
    public static IReadOnlyList<long> Batches { get; } = [1, 2, 3, 17];

    /// <summary>The same outputs for a batch of any size.</summary>
    public static OnnxModel Right(nn.Module module, params object?[] examples) => Right(module, examples, new OnnxTraceOptions(), 1e-5);

    /// <summary>The same outputs at any size of the dynamic dimensions.</summary>
    public static OnnxModel Right(nn.Module module, object?[] examples, OnnxTraceOptions options, double tolerance) =>
        Right(module, examples, options, tolerance, [.. Batches.Select((_, first) => Enumerable.Range(first, Batches.Count).Select(i => Batches[i % Batches.Count]).ToArray())]);

    /// <summary>The same outputs at some sizes of the dynamic dimensions.</summary>
    public static OnnxModel Right(nn.Module module, object?[] examples, OnnxTraceOptions options, double tolerance, params long[][] sizes)
    {
        using IDisposable scope = NewDisposeScope();
        OnnxModel model = OnnxExporter.Export(module, examples, options);
        foreach (long[] size in sizes)
        {
            foreach ((Tensor expected, Tensor actual) in Outputs(module, model, examples, options, size))
                ModelAssert.Same(expected, actual, tolerance, $"{module.GetType().Name} with {string.Join(", ", size)}");
        }

        return model;
    }

    /// <summary>The greatest difference of any output at one size.</summary>
    public static double Difference(nn.Module module, OnnxModel model, object?[] examples, long batch) =>
        Outputs(module, model, examples, new OnnxTraceOptions(), [batch]).Max(output => OnnxDifference.Of("", output.Expected, output.Actual).Greatest);

    private static (Tensor Expected, Tensor Actual)[] Outputs(nn.Module module, OnnxModel model, object?[] examples, OnnxTraceOptions options, long[] sizes)
    {
        using IDisposable noGradients = no_grad();
        module.eval();
        ModuleInputs inputs = ModuleInputs.Of(module, examples, options);
        object?[] arguments = inputs.Resized([.. sizes.Take(inputs.Dimensions.Count)]);
        Tensor[] given = [.. TensorTree.Leaves(arguments).Select(tensor => tensor.clone())];
        Tensor[] expected = [.. TensorTree.Results(inputs.Method.Invoke(module, arguments))];
        using var session = new OnnxSession(model);
        Tensor[] actual = session.Run(given);
        Assert.Equal(expected.Length, actual.Length);
        return [.. expected.Zip(actual)];
    }
}
